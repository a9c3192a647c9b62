import { assert, describe, it } from "@effect/vitest"
import { errorsAgainstTruth } from "../../src/cleaners/errorsAgainstTruth.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { wilson } from "../../src/math/wilson.ts"

/** Judges who are all wrong, or all right, on an item with probability `shared`, else each by itself; wrong on a fifth. */
const planted = (nItems: number, nAnnotators: number, shared: number, seed: number) => {
  const random = keyedRandom("errorsAgainstTruth test", seed)
  const votes: Array<readonly [number, number, number]> = []
  for (let i = 0; i < nItems; i++) {
    const together = random() < shared ? (random() < 0.2 ? -1 : 1) : 0
    for (let k = 0; k < nAnnotators; k++) votes.push([i, k, together === 0 ? (random() < 0.2 ? -1 : 1) : together])
  }
  return {
    item: Int32Array.from(votes, ([item]) => item),
    annotator: Int32Array.from(votes, ([, annotator]) => annotator),
    side: Int8Array.from(votes, ([, , side]) => side),
    truth: new Int8Array(nItems).fill(1),
    nAnnotators
  }
}

describe("errorsAgainstTruth", () => {
  it("errorsAgainstTruth counts wrong votes on items of known truth, ties and other items aside", () => {
    const found = errorsAgainstTruth({
      item: Int32Array.of(0, 0, 1, 1, 2, 3, 3),
      annotator: Int32Array.of(0, 1, 0, 1, 0, 0, 1),
      side: Int8Array.of(1, -1, -1, -1, 1, 0, 1),
      truth: Int8Array.of(1, -1, 0, 1),
      nAnnotators: 3
    })
    assert.strictEqual(found.nItems, 3)
    assert.strictEqual(found.reliability[0], 1)
    assert.closeTo(found.reliability[1]!, 2 / 3, 1e-12)
    assert.isNaN(found.reliability[2])
    assert.strictEqual(found.noiseRate!.estimate, 1 / 5)
    assert.deepStrictEqual([found.ci95.lower[2], found.ci95.upper[2]], [0, 1])
  })

  it("errorsAgainstTruth gives one vote an item Wilson's interval", () => {
    const { ci95, reliability } = errorsAgainstTruth(planted(50, 1, 0, 1))
    const { lower, upper } = wilson(50 * reliability[0]!, 50)
    // The variance of a ratio has n - 1 where Wilson has n.
    assert.closeTo(ci95.lower[0]!, lower, 0.003)
    assert.closeTo(ci95.upper[0]!, upper, 0.003)
  })

  it("errorsAgainstTruth holds the true share in 95 of 100 intervals, however judges err together", () => {
    for (const shared of [0, 0.5, 1]) {
      let nCovered = 0
      const nSets = 1000
      for (let seed = 0; seed < nSets; seed++) {
        const { lower, upper } = errorsAgainstTruth(planted(100, 8, shared, seed)).noiseRate!
        if (lower <= 0.2 && upper >= 0.2) nCovered++
      }
      // Three standard errors of a share of 1,000 are 2 points.
      assert.closeTo(nCovered / nSets, 0.95, 0.025, `shared ${shared}`)
    }
  })

  it("errorsAgainstTruth does not take votes that are all right for certain", () => {
    const all = errorsAgainstTruth({ ...planted(20, 8, 0, 1), side: new Int8Array(160).fill(1) })
    assert.deepStrictEqual(all.noiseRate, { estimate: 0, standardError: 0, lower: 0, upper: wilson(0, 20).upper })
    assert.isNull(errorsAgainstTruth({ ...planted(20, 8, 0, 1), truth: new Int8Array(20) }).noiseRate)
  })
})

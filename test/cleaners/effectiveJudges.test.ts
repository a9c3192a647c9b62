import { assert, describe, it } from "@effect/vitest"
import { effectiveJudges } from "../../src/cleaners/effectiveJudges.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** Judges that repeat a verdict of their family with probability `copying` and else judge for themselves, all with reliability 0.75. */
const planted = (nItems: number, families: ReadonlyArray<{ readonly size: number; readonly copying: number }>) => {
  const random = keyedRandom("families", nItems)
  const truth = Int8Array.from({ length: nItems }, () => (random() < 0.5 ? 1 : -1))
  const item: Array<number> = []
  const annotator: Array<number> = []
  const side: Array<number> = []
  const family = Int32Array.from(families.flatMap(({ size }, f) => Array.from({ length: size }, () => f)))
  for (let i = 0; i < nItems; i++) {
    const verdict = () => (random() < 0.75 ? truth[i]! : -truth[i]!)
    const shared = families.map(verdict)
    for (const [k, f] of family.entries()) {
      item.push(i)
      annotator.push(k)
      side.push(random() < families[f]!.copying ? shared[f]! : verdict())
    }
  }
  return {
    item: Int32Array.from(item),
    annotator: Int32Array.from(annotator),
    side: Int8Array.from(side),
    truth,
    family
  }
}

describe("effectiveJudges", () => {
  it("effectiveJudges counts copies as one and independent judges as many", () => {
    const [copies, independent, half] = effectiveJudges(
      planted(4000, [
        { size: 4, copying: 1 },
        { size: 5, copying: 0 },
        { size: 6, copying: Math.sqrt(0.5) }
      ])
    )
    assert.closeTo(copies!.meanCorrelation!, 1, 1e-12)
    assert.closeTo(copies!.effectiveJudges!, 1, 1e-12)
    assert.strictEqual(copies!.nComparisons, 6 * 4000)
    assert.closeTo(independent!.effectiveJudges!, 5, 0.3)
    // Two copy at once with probability 1/2, and then their errors are one.
    assert.closeTo(half!.meanCorrelation!, 0.5, 4 / Math.sqrt(4000))
    assert.closeTo(half!.effectiveJudges!, 6 / (1 + 5 * 0.5), 0.2)
  })

  it("effectiveJudges is the size of a sample over the variance of its mean", () => {
    const data = planted(20_000, [{ size: 5, copying: 0.8 }])
    const [family] = effectiveJudges(data)
    const mean = new Float64Array(20_000)
    for (let v = 0; v < data.item.length; v++) {
      if (data.side[v] !== data.truth[data.item[v]!]) mean[data.item[v]!]! += 1 / 5
    }
    const average = mean.reduce((sum, x) => sum + x, 0) / 20_000
    const variance = mean.reduce((sum, x) => sum + (x - average) ** 2, 0) / 20_000
    assert.closeTo(family!.effectiveJudges!, (average * (1 - average)) / variance, 0.05)
  })

  it("effectiveJudges leaves out ties, unknown items, families without votes and judges without a mistake", () => {
    const families = effectiveJudges({
      item: Int32Array.of(0, 1, 2, 0, 1, 2, 3, 3),
      annotator: Int32Array.of(0, 0, 0, 1, 1, 1, 0, 2),
      side: Int8Array.of(1, 1, 1, 1, -1, 0, -1, 1),
      truth: Int8Array.of(1, 1, 1, 0),
      family: Int32Array.of(4, 4, 9)
    })
    assert.deepStrictEqual(families, [
      { family: 4, nJudges: 2, meanCorrelation: null, effectiveJudges: null, nComparisons: 0 }
    ])
  })

  it("effectiveJudges says what is wrong with its input", () => {
    const good = {
      item: Int32Array.of(0),
      annotator: Int32Array.of(0),
      side: Int8Array.of(1),
      truth: Int8Array.of(1),
      family: Int32Array.of(0)
    }
    assert.throws(() => effectiveJudges({ ...good, item: Int32Array.of(1) }), /found item 1 at vote 0/)
    assert.throws(() => effectiveJudges({ ...good, annotator: Int32Array.of(2) }), /found annotator 2 at vote 0/)
    assert.throws(() => effectiveJudges({ ...good, side: new Int8Array(0) }), /1 items, 1 annotators and 0 sides/)
  })
})

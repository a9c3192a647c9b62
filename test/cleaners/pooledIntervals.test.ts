import { assert, describe, it } from "@effect/vitest"
import { pooledIntervals } from "../../src/cleaners/pooledIntervals.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { plantVotes } from "./plantVotes.ts"

describe("pooledIntervals", () => {
  it("pooledIntervals covers reliabilities and noise rate in 95 % of the data sets, with and without evidence", () => {
    const truth = [0.85, 0.75, 0.7, 0.65]
    for (const marginSd of [0, 2]) {
      const nFits = 300
      let nCovered = 0
      let nCoveredRate = 0
      for (let seed = 0; seed < nFits; seed++) {
        const data = plantVotes({ nItems: 500, marginSd, reliability: truth, seed: `cover ${seed}` })
        const { ci95, noiseRate } = pooledRePo(data, { tolerance: 1e-7 })
        for (const [k, r] of truth.entries()) if (ci95.lower[k]! <= r && r <= ci95.upper[k]!) nCovered++
        if (noiseRate!.lower <= 0.2625 && 0.2625 <= noiseRate!.upper) nCoveredRate++
      }
      assert.closeTo(nCovered / (4 * nFits), 0.95, 0.025)
      assert.closeTo(nCoveredRate / nFits, 0.95, 4 * Math.sqrt((0.95 * 0.05) / nFits))
    }
  })

  it("pooledIntervals gives an interval on the border", () => {
    const data = plantVotes({ nItems: 60, marginSd: 0, reliability: [1, 1, 1], seed: 1 })
    const { ci95, noiseRate, reliability, standardError } = pooledRePo(data)
    for (const k of [0, 1, 2]) {
      assert.closeTo(reliability[k]!, 1, 1e-9)
      assert.isNaN(standardError[k]!)
      assert.closeTo(ci95.upper[k]!, 1, 1e-9)
      // Sixty right out of sixty: 1.92 / 60 below 1.
      assert.closeTo(ci95.lower[k]!, Math.exp(-1.9207 / 60), 1e-3)
    }
    assert.isAbove(noiseRate!.upper, 0)
  })

  it("pooledIntervals gives a short interval where all agree and EM only comes near the border", () => {
    const annotators = Array.from({ length: 100 }, (_, i) => [0, 1, 2, 3, 4].filter((k) => (i + k) % (k + 2) !== 0))
    const item = Int32Array.from(annotators.flatMap((of, i) => of.map(() => i)))
    const { noiseRate } = pooledRePo({
      item,
      annotator: Int32Array.from(annotators.flat()),
      side: new Int8Array(item.length).fill(1),
      pModel: new Float64Array(100).fill(0.5),
      nAnnotators: 5
    })
    assert.isAbove(noiseRate!.estimate, 0)
    assert.isBelow(noiseRate!.estimate, 1e-9)
    assert.isBelow(noiseRate!.upper, 0.02)
  })

  it("pooledIntervals gives no noise rate when the information is not positive definite", () => {
    // Two annotators agree on 32 of 40 items: every pair with (2 r - 1)(2 s - 1) = 0.6 is a maximum, this one among them.
    const r = (1 + Math.sqrt(0.6)) / 2
    const votes = {
      item: Int32Array.from({ length: 80 }, (_, v) => v >> 1),
      annotator: Int32Array.from({ length: 80 }, (_, v) => v & 1),
      side: Int8Array.from({ length: 80 }, (_, v) => ((v >> 1) % 5 === 0 && v % 2 === 1 ? -1 : 1)),
      pModel: new Float64Array(40).fill(0.5),
      nAnnotators: 2
    }
    const agreed = r ** 2 / (r ** 2 + (1 - r) ** 2)
    const { ci95, noiseRate } = pooledIntervals({
      votes,
      reliability: Float64Array.of(r, r),
      posterior: Float64Array.from({ length: 40 }, (_, i) => (i % 5 === 0 ? 0.5 : agreed)),
      unknown: new Uint8Array(2),
      nLabels: Int32Array.of(40, 40),
      prior: { a: 1, b: 1 }
    })
    assert.isNull(noiseRate)
    assert.deepStrictEqual([...ci95.lower, ...ci95.upper], [0, 0, 1, 1])
  })

  it("pooledIntervals takes more than a thousand annotators one by one", () => {
    const nAnnotators = 1001
    const votes = {
      item: Int32Array.from({ length: 4 * nAnnotators }, (_, v) => v % 40),
      annotator: Int32Array.from({ length: 4 * nAnnotators }, (_, v) => Math.floor(v / 4)),
      side: Int8Array.from({ length: 4 * nAnnotators }, (_, v) => (v % 4 === 0 ? -1 : 1)),
      pModel: new Float64Array(40).fill(1),
      nAnnotators
    }
    const { ci95, noiseRate, reliability, standardError } = pooledRePo(votes)
    assert.closeTo(reliability[1000]!, 0.75, 1e-9)
    assert.closeTo(standardError[1000]!, Math.sqrt((0.75 * 0.25) / 4), 1e-6)
    assert.isTrue(ci95.lower[1000]! > 0.2 && ci95.upper[1000]! < 1)
    assert.closeTo(noiseRate!.standardError, Math.sqrt((0.75 * 0.25) / (4 * nAnnotators)), 1e-6)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { rePo } from "../../src/cleaners/rePo.ts"
import { reliabilityInterval } from "../../src/cleaners/reliabilityInterval.ts"
import { plantLabels } from "./plantLabels.ts"

const coverage = (reliability: number, nLabels: number, nAnnotators: number, marginSd: number) => {
  const data = plantLabels({
    nLabels: nLabels * nAnnotators,
    marginSd,
    reliability: Array.from({ length: nAnnotators }, () => reliability),
    seed: `coverage ${reliability} ${nLabels}`
  })
  const { ci95 } = rePo(data, { maxIterations: 20 })
  let nBelow = 0
  let nAbove = 0
  for (let k = 0; k < nAnnotators; k++) {
    if (ci95.upper[k]! < reliability) nBelow++
    if (ci95.lower[k]! > reliability) nAbove++
  }
  return { share: 1 - (nBelow + nAbove) / nAnnotators, nBelow, nAbove }
}

describe("reliabilityInterval", () => {
  it("reliabilityInterval covers the truth 95 % of the time", () => {
    for (const [reliability, nLabels] of [
      [0.8, 300],
      [0.8, 60],
      [0.6, 100],
      [0.5, 300],
      [0.9, 400]
    ] as const) {
      const nAnnotators = 2000
      const { share } = coverage(reliability, nLabels, nAnnotators, 2)
      // Four standard deviations of a simulated share, and 0.005 for the chi-square approximation at small N.
      assert.closeTo(share, 0.95, 4 * Math.sqrt((0.95 * 0.05) / nAnnotators) + 0.005, `${reliability} ${nLabels}`)
    }
  })

  it("reliabilityInterval covers a perfect annotator at least 95 % of the time", () => {
    assert.isAtLeast(coverage(1, 200, 1000, 2).share, 0.95)
  })

  it("reliabilityInterval ends where the log-likelihood has fallen by 1.92", () => {
    const { pModel } = plantLabels({ nLabels: 200, marginSd: 2, reliability: [0.75], seed: 1 })
    const at = (r: number) => pModel.reduce((sum, p) => sum + Math.log(p * r + (1 - p) * (1 - r)), 0)
    const { estimate, lower, upper } = reliabilityInterval(pModel)
    assert.closeTo(at(estimate) - at(lower), 1.9207294, 1e-6)
    assert.closeTo(at(estimate) - at(upper), 1.9207294, 1e-6)
    assert.isTrue(lower < estimate && estimate < upper)
  })

  it("reliabilityInterval agrees with the standard error when there are many labels", () => {
    const { pModel } = plantLabels({ nLabels: 200_000, marginSd: 2, reliability: [0.8], seed: 1 })
    const { estimate, lower, standardError, upper } = reliabilityInterval(pModel)
    assert.closeTo((upper - estimate) / standardError, 1.96, 0.02)
    assert.closeTo((estimate - lower) / standardError, 1.96, 0.02)
  })

  it("reliabilityInterval gives the exact ends for perfect agreement of one value", () => {
    // n labels with p = q: log(q r + (1 - q)(1 - r)) is largest at r = 1; the end solves n log(d / q) = -1.92.
    const q = 0.99
    const { estimate, lower, standardError, upper } = reliabilityInterval(new Float64Array(50).fill(q))
    const d = q * Math.exp(-1.9207294103470567 / 50)
    assert.strictEqual(estimate, 1)
    assert.strictEqual(upper, 1)
    assert.isNaN(standardError)
    assert.closeTo(lower, (d - 1 + q) / (2 * q - 1), 1e-8)
  })

  it("reliabilityInterval is the same from any start", () => {
    const { pModel } = plantLabels({ nLabels: 150, marginSd: 0.3, reliability: [0.8], seed: 3 })
    const expected = reliabilityInterval(pModel)
    for (const start of [0, 1e-9, 0.3, 1 - 1e-13, 1]) {
      const actual = reliabilityInterval(pModel, { start })
      assert.closeTo(actual.estimate, expected.estimate, 1e-11)
      assert.closeTo(actual.lower, expected.lower, 1e-8)
    }
  })

  it("reliabilityInterval is not fooled by p next to 0 and 1", () => {
    const pModel = Float64Array.from({ length: 200 }, (_, i) => (i % 10 === 0 ? 1e-12 : 1 - 1e-12))
    for (const start of [1e-12, 0.5, 1 - 1e-12]) {
      const { estimate, standardError } = reliabilityInterval(pModel, { start })
      assert.closeTo(estimate, 0.9, 1e-9)
      assert.closeTo(standardError, Math.sqrt((0.9 * 0.1) / 200), 1e-9)
    }
  })

  it("reliabilityInterval knows nothing without labels or without evidence", () => {
    const none = reliabilityInterval(new Float64Array(0))
    assert.isNaN(none.estimate)
    assert.deepStrictEqual([none.lower, none.upper], [0, 1])
    const flat = reliabilityInterval(new Float64Array(5).fill(0.5), { prior: { a: 3, b: 2 } })
    assert.isNaN(flat.estimate)
    assert.deepStrictEqual([flat.lower, flat.upper], [0, 1])
  })

  it("reliabilityInterval ends where the posterior has fallen by 1.92 when there is a prior", () => {
    const { pModel } = plantLabels({ nLabels: 40, marginSd: 2, reliability: [0.75], seed: 1 })
    const at = (r: number) =>
      pModel.reduce((sum, p) => sum + Math.log(p * r + (1 - p) * (1 - r)), 0) + 4 * Math.log(r) + 0.5 * Math.log(1 - r)
    const { estimate, lower, upper } = reliabilityInterval(pModel, { prior: { a: 5, b: 1.5 } })
    assert.closeTo(at(estimate) - at(lower), 1.9207294, 1e-6)
    assert.closeTo(at(estimate) - at(upper), 1.9207294, 1e-6)
  })

  it("reliabilityInterval from the observed information falls back on the likelihood at the border", () => {
    const pModel = new Float64Array(50).fill(0.99)
    assert.deepStrictEqual(reliabilityInterval(pModel, { method: "observedInformation" }), reliabilityInterval(pModel))
  })
})

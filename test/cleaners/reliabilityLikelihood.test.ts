import { assert, describe, it } from "@effect/vitest"
import { reliabilityLikelihood } from "../../src/cleaners/reliabilityLikelihood.ts"
import { plantLabels } from "./plantLabels.ts"

describe("reliabilityLikelihood", () => {
  const { pModel } = plantLabels({ nLabels: 3000, marginSd: 3, reliability: [0.8], seed: 1 })

  it("reliabilityLikelihood sums logarithms without running out of range", () => {
    for (const r of [0.01, 0.5, 0.8, 0.999]) {
      const expected = pModel.reduce((sum, p) => sum + Math.log(p * r + (1 - p) * (1 - r)), 0)
      assert.closeTo(reliabilityLikelihood(pModel, r).logLikelihood, expected, 1e-9 * Math.abs(expected))
    }
  })

  it("reliabilityLikelihood has the derivatives that finite differences show, with and without a prior", () => {
    const few = pModel.subarray(0, 40)
    for (const prior of [
      { a: 1, b: 1 },
      { a: 2.8, b: 1.2 }
    ]) {
      for (const r of [0.05, 0.4, 0.8, 0.95]) {
        const at = (x: number) => reliabilityLikelihood(few, x, prior)
        const h = 1e-5
        assert.closeTo(at(r).score, (at(r + h).logLikelihood - at(r - h).logLikelihood) / (2 * h), 1e-4)
        const information = -(at(r + h).score - at(r - h).score) / (2 * h)
        assert.closeTo(at(r).information / information, 1, 1e-5)
      }
    }
  })

  it("reliabilityLikelihood is minus infinity where a certain label contradicts", () => {
    const certain = Float64Array.of(1, 0)
    assert.strictEqual(reliabilityLikelihood(certain, 1).logLikelihood, Number.NEGATIVE_INFINITY)
    assert.strictEqual(reliabilityLikelihood(Float64Array.of(1), 1).logLikelihood, 0)
    assert.strictEqual(
      reliabilityLikelihood(Float64Array.of(1), 1, { a: 2, b: 2 }).logLikelihood,
      Number.NEGATIVE_INFINITY
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { mostLikelyReliability } from "../../src/cleaners/mostLikelyReliability.ts"
import { plantLabels } from "./plantLabels.ts"

describe("mostLikelyReliability", () => {
  it("mostLikelyReliability is where the EM step stands still", () => {
    for (const marginSd of [0.5, 2]) {
      const { pModel } = plantLabels({ nLabels: 5000, marginSd, reliability: [0.8], seed: 2 })
      const r = mostLikelyReliability(pModel)
      const mean = pModel.reduce((sum, p) => sum + (p * r) / (p * r + (1 - p) * (1 - r)), 0) / 5000
      assert.closeTo(mean, r, 1e-12)
    }
  })

  it("mostLikelyReliability with a prior is the share of right labels among those seen and those imagined", () => {
    const pModel = Float64Array.of(1, 1, 1, 0)
    assert.closeTo(mostLikelyReliability(pModel), 3 / 4, 1e-11)
    assert.closeTo(mostLikelyReliability(pModel, 0.9, { a: 3, b: 2 }), 5 / 7, 1e-11)
  })

  it("mostLikelyReliability goes to the border where the labels all agree, and not with a prior against it", () => {
    const pModel = Float64Array.of(0.9, 0.8)
    assert.strictEqual(mostLikelyReliability(pModel), 1)
    assert.strictEqual(mostLikelyReliability(pModel.map((p) => 1 - p)), 0)
    assert.strictEqual(mostLikelyReliability(pModel, 0.9, { a: 2, b: 1 }), 1)
    assert.isBelow(mostLikelyReliability(pModel, 0.9, { a: 2, b: 1.1 }), 1)
  })

  it("mostLikelyReliability is NaN where nothing can be learned", () => {
    assert.isNaN(mostLikelyReliability(new Float64Array(0)))
    assert.isNaN(mostLikelyReliability(new Float64Array(4).fill(0.5 + 5e-7), 0.9, { a: 4, b: 2 }))
  })
})

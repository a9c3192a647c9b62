import { assert, describe, it } from "@effect/vitest"
import { Spreads } from "../../src/aggregations/Spreads.ts"

describe("Spreads", () => {
  it("Spreads agrees with the two-pass formulas, also far from 0", () => {
    for (const offset of [0, 1e9]) {
      const values = [1, 4, 4, 7, 30].map((value) => value + offset)
      const spreads = new Spreads()
      for (const value of values) spreads.add("a", value)
      const centre = values.reduce((sum, value) => sum + value, 0) / 5
      const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 5
      assert.approximately(spreads.variance("a"), variance, 1e-4)
      const standardised = values.map((value) => spreads.standardised("a", value))
      assert.approximately(
        standardised.reduce((sum, z) => sum + z, 0),
        0,
        1e-6
      )
      assert.approximately(
        standardised.reduce((sum, z) => sum + z * z, 0),
        5,
        1e-6
      )
    }
  })

  it("Spreads keeps series apart and makes 0 of a series without spread", () => {
    const spreads = new Spreads()
    spreads.add("a", 1)
    spreads.add("a", 3)
    for (let i = 0; i < 3; i++) spreads.add("b", 0.1)
    assert.strictEqual(spreads.variance("a"), 1)
    assert.strictEqual(spreads.standardised("a", 3), 1)
    assert.strictEqual(spreads.standardised("b", 0.1), 0)
    assert.strictEqual(spreads.variance("c"), 0)
  })
})

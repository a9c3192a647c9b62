import { assert, describe, it } from "@effect/vitest"
import { mean } from "../../src/aggregations/mean.ts"

describe("mean", () => {
  it("mean makes distances from itself sum to 0, and has nothing to say of nothing", () => {
    const values = [3, -1, 7.5, 2]
    const centre = mean(values)
    assert.approximately(
      values.reduce((sum, value) => sum + (value - centre), 0),
      0,
      1e-12
    )
    assert.isNaN(mean([]))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { worstCaseBlend } from "../../src/aggregations/worstCaseBlend.ts"

describe("worstCaseBlend", () => {
  it("worstCaseBlend goes from the least value to the nominal one in proportion to alpha", () => {
    const values = [4, 10, 1]
    assert.strictEqual(worstCaseBlend(values, 0), 1)
    assert.strictEqual(worstCaseBlend(values, 1), 5)
    assert.strictEqual(worstCaseBlend(values, 0.5), 3)
  })

  it("worstCaseBlend takes the value of the surest member as nominal, the first of several", () => {
    assert.strictEqual(worstCaseBlend([4, 10, 1], 1, [0.3, 0.1, 0.2]), 10)
    assert.strictEqual(worstCaseBlend([4, 10, 1], 1, [0.1, 0.1, 0.2]), 4)
  })

  it("worstCaseBlend refuses an alpha out of range and spreads of another number", () => {
    assert.throws(() => worstCaseBlend([1], 1.1), /found alpha 1.1/)
    assert.throws(() => worstCaseBlend([1, 2], 0.5, [1]), /found 1 spreads for 2 values/)
    assert.isNaN(worstCaseBlend([], 0.5))
  })
})

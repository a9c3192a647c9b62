import { assert, describe, it } from "@effect/vitest"
import { dominantAxis } from "../../src/aggregations/dominantAxis.ts"

describe("dominantAxis", () => {
  it("dominantAxis scales gaps by variance before it compares them, and keeps the sign", () => {
    assert.deepStrictEqual(dominantAxis([10, -2], [100, 1]), { index: 1, gap: -2 })
    assert.deepStrictEqual(dominantAxis([10, -2], [1, 1]), { index: 0, gap: 10 })
  })

  it("dominantAxis is not turned by the order of axes, and takes the first of equal gaps", () => {
    assert.strictEqual(dominantAxis([1, 5, 3], [1, 10, 1])!.index, 2)
    assert.strictEqual(dominantAxis([1, -1], [1, 1])!.index, 0)
  })

  it("dominantAxis lets an axis without variance or value say nothing", () => {
    assert.deepStrictEqual(dominantAxis([9, 1], [0, 4]), { index: 1, gap: 0.25 })
    assert.deepStrictEqual(dominantAxis([Number.NaN, 1], [1, 1]), { index: 1, gap: 1 })
    assert.isNull(dominantAxis([0, 0], [1, 1]))
    assert.isNull(dominantAxis([], []))
    assert.throws(() => dominantAxis([1], []), /found 0 variances for 1 gaps/)
  })
})

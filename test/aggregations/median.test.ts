import { assert, describe, it } from "@effect/vitest"
import { median } from "../../src/aggregations/median.ts"
import { quantile } from "../../src/math/quantile.ts"

describe("median", () => {
  it("median is the quantile at one half, for even and odd numbers of values, whatever their order", () => {
    for (const values of [[5], [4, 1], [9, 10, 2], [-1, 100, 3, 20]]) {
      assert.strictEqual(median(values), quantile(Float64Array.from(values), 0.5))
    }
    assert.isNaN(median([]))
  })

  it("median leaves its input alone", () => {
    const values = [3, 1, 2]
    median(values)
    assert.deepStrictEqual(values, [3, 1, 2])
  })
})

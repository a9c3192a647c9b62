import { assert, describe, it } from "@effect/vitest"
import { quantile } from "../../src/math/quantile.ts"

describe("quantile", () => {
  it("quantile interpolates between order statistics", () => {
    const values = Float64Array.of(40, 10, 30, 20)
    const shares = [0, 0.25, 0.5, 0.75, 1]
    assert.deepStrictEqual(
      shares.map((share) => quantile(values, share)),
      [10, 17.5, 25, 32.5, 40]
    )
    assert.deepStrictEqual([...values], [40, 10, 30, 20])
  })

  it("quantile leaves NaN out", () => {
    assert.strictEqual(quantile(Float64Array.of(Number.NaN, 3, Number.NaN, 1), 0.5), 2)
    assert.isNaN(quantile(Float64Array.of(Number.NaN), 0.5))
    assert.isNaN(quantile(new Float64Array(0), 0))
  })

  it("quantile keeps infinities", () => {
    assert.strictEqual(quantile(Float64Array.of(1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY), 1), Infinity)
    assert.strictEqual(quantile(Float64Array.of(1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY), 0.75), Infinity)
  })

  it("quantile refuses a share outside [0, 1]", () => {
    for (const share of [-0.1, 1.1, Number.NaN]) {
      assert.throws(() => quantile(Float64Array.of(1), share), /expected a number from 0 to 1/)
    }
  })
})

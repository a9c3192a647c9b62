import { assert, describe, it } from "@effect/vitest"
import { mean } from "../../src/aggregations/mean.ts"
import { powerMean } from "../../src/aggregations/powerMean.ts"

const values = [2, 8, 4, 1]

describe("powerMean", () => {
  it("powerMean is the named mean for the powers that have names", () => {
    assert.approximately(powerMean(values, 1), mean(values), 1e-12)
    assert.approximately(powerMean(values, -1), 1 / mean(values.map((value) => 1 / value)), 1e-12)
    assert.approximately(powerMean(values, 0), (2 * 8 * 4 * 1) ** (1 / 4), 1e-12)
    assert.approximately(powerMean(values, 2), Math.sqrt(mean(values.map((value) => value ** 2))), 1e-12)
    assert.strictEqual(powerMean(values, Number.NEGATIVE_INFINITY), 1)
    assert.strictEqual(powerMean(values, Number.POSITIVE_INFINITY), 8)
  })

  it("powerMean rises with the power, and approaches its limits without overflow", () => {
    const powers = [-1000, -3, -1, -1e-6, 0, 1e-6, 1, 3, 1000]
    const means = powers.map((power) => powerMean(values, power))
    for (let i = 1; i < means.length; i++) assert.isAtLeast(means[i]!, means[i - 1]!)
    assert.approximately(means[0]!, 1, 0.01)
    assert.approximately(means.at(-1)!, 8, 0.02)
  })

  it("powerMean is 0 with a 0 among the numbers for powers of 0 and less, and not above", () => {
    assert.strictEqual(powerMean([0, 4], -1), 0)
    assert.strictEqual(powerMean([0, 4], 0), 0)
    assert.strictEqual(powerMean([0, 4], 1), 2)
    assert.strictEqual(powerMean([0, 0], 2), 0)
    assert.isNaN(powerMean([], 2))
  })

  it("powerMean refuses negative numbers and a power that is none", () => {
    assert.throws(() => powerMean([1, -1], 2), /found -1, expected numbers of at least 0/)
    assert.throws(() => powerMean([1], Number.NaN), /found power NaN/)
  })
})

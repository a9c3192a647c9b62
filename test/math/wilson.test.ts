import { assert, describe, it } from "@effect/vitest"
import { wilson } from "../../src/math/wilson.ts"

describe("wilson", () => {
  it("wilson solves the score equation |share - p| = z sqrt(p (1 - p) / n)", () => {
    for (const [successes, trials] of [
      [3, 10],
      [1, 1],
      [0, 4],
      [50, 60],
      [999, 1000]
    ] as const) {
      const { lower, upper } = wilson(successes, trials)
      for (const p of [lower, upper]) {
        if (p === 0 || p === 1) continue
        const z = Math.abs(successes / trials - p) / Math.sqrt((p * (1 - p)) / trials)
        assert.closeTo(z, 1.959963984540054, 1e-9)
      }
      assert.isTrue(lower >= 0 && lower <= successes / trials && successes / trials <= upper && upper <= 1)
    }
  })

  it("wilson touches the borders exactly and knows nothing without trials", () => {
    assert.strictEqual(wilson(0, 9).lower, 0)
    assert.strictEqual(wilson(9, 9).upper, 1)
    assert.deepStrictEqual(wilson(0, 0), { lower: 0, upper: 1 })
  })

  it("wilson mirrors", () => {
    const { lower, upper } = wilson(3, 17)
    const other = wilson(14, 17)
    assert.closeTo(other.lower, 1 - upper, 1e-12)
    assert.closeTo(other.upper, 1 - lower, 1e-12)
  })

  it("wilson refuses more successes than trials", () => {
    assert.throws(() => wilson(3, 2), /found 3 successes in 2 trials/)
    assert.throws(() => wilson(-1, 2), RangeError)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { applyIsotonic } from "../../src/cleaners/applyIsotonic.ts"

describe("applyIsotonic", () => {
  it("applyIsotonic is level outside and within blocks and straight between them", () => {
    const fit = { lower: Float64Array.of(0, 4), upper: Float64Array.of(2, 5), value: Float64Array.of(0.2, 0.8) }
    for (const [score, expected] of [
      [-9, 0.2],
      [0, 0.2],
      [2, 0.2],
      [2.5, 0.35],
      [3, 0.5],
      [4, 0.8],
      [4.5, 0.8],
      [99, 0.8]
    ] as const) {
      assert.closeTo(applyIsotonic(fit, score), expected, 1e-12, `${score}`)
    }
    assert.isNaN(applyIsotonic(fit, Number.NaN))
  })
})

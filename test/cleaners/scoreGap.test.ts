import { assert, describe, it } from "@effect/vitest"
import { scoreGap } from "../../src/cleaners/scoreGap.ts"

describe("scoreGap", () => {
  it("scoreGap multiplies a row with the coefficients of its columns", () => {
    const rows = {
      nColumns: 4,
      starts: Float64Array.of(0, 2, 2, 3),
      columns: Int32Array.of(3, 0, 1),
      values: Float32Array.of(0.5, -2, 4)
    }
    const coefficients = Float64Array.of(1, 10, 100, 1000)
    assert.deepStrictEqual(
      [0, 1, 2].map((row) => scoreGap(rows, row, coefficients)),
      [498, 0, 40]
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { conjugateGradients } from "../../src/math/conjugateGradients.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

describe("conjugateGradients", () => {
  it("conjugateGradients solves equations of a positive definite matrix", () => {
    for (const n of [1, 5, 40]) {
      const random = keyedRandom("conjugateGradients", n)
      const half = Array.from({ length: n }, () => Array.from({ length: n }, () => 2 * random() - 1))
      // A matrix times its transpose, with something on the diagonal.
      const matrix = half.map((row, i) =>
        half.map((other, j) => row.reduce((sum, value, k) => sum + value * other[k]!, i === j ? 0.5 : 0))
      )
      const multiply = (x: Float64Array, out: Float64Array): void => {
        for (const [i, row] of matrix.entries()) out[i] = row.reduce((sum, value, j) => sum + value * x[j]!, 0)
      }
      const expected = Float64Array.from({ length: n }, () => random() - 0.5)
      const right = new Float64Array(n)
      multiply(expected, right)
      const diagonal = Float64Array.from(matrix, (row, i) => row[i]!)
      const x = conjugateGradients(multiply, diagonal, right)
      for (let i = 0; i < n; i++) assert.closeTo(x[i]!, expected[i]!, 1e-4)
    }
    assert.deepStrictEqual(
      [...conjugateGradients((_, out) => out.fill(0), Float64Array.of(1), new Float64Array(1))],
      [0]
    )
  })
})

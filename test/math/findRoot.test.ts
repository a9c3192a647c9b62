import { assert, describe, it } from "@effect/vitest"
import { findRoot } from "../../src/math/findRoot.ts"

describe("findRoot", () => {
  it("findRoot finds the root of falling functions from any start", () => {
    const cases: Array<[(x: number) => readonly [number, number], number, number, number]> = [
      [(x) => [2 - x * x, -2 * x], 0, 10, Math.SQRT2],
      [(x) => [Math.exp(-x) - 1e-3, -Math.exp(-x)], -5, 100, Math.log(1000)],
      [(x) => [-Math.atan(x - 3), -1 / (1 + (x - 3) ** 2)], -1000, 1000, 3],
      [(x) => [-Math.cbrt(x), -1 / (3 * Math.cbrt(x) ** 2)], -1, 2, 0],
      [
        (x) => [0.1 / (x + 1e-12) - 0.9 / (1 + 1e-12 - x), -0.1 / (x + 1e-12) ** 2 - 0.9 / (1 + 1e-12 - x) ** 2],
        0,
        1,
        0.1
      ]
    ]
    for (const [index, [evaluate, lower, upper, expected]] of cases.entries()) {
      for (const part of [1e-15, 0.01, 0.5, 0.99, 1 - 1e-15]) {
        const start = lower + part * (upper - lower)
        const { converged, root } = findRoot({ evaluate, lower, upper, start, tolerance: 1e-11 })
        assert.isTrue(converged)
        assert.closeTo(root, expected, 2.5e-11, `case ${index} from ${start}`)
      }
    }
  })

  it("findRoot needs few evaluations near a simple root", () => {
    let nEvaluations = 0
    findRoot({
      evaluate: (x) => {
        nEvaluations++
        return [2 - x * x, -2 * x]
      },
      lower: 0,
      upper: 2,
      start: 1.2,
      tolerance: 1e-12
    })
    assert.isAtMost(nEvaluations, 9)
  })

  it("findRoot survives a wrong slope", () => {
    for (const slope of [0, Number.NaN, 1, -1e300]) {
      const evaluate = (x: number) => [0.3 - x, slope] as const
      const { root } = findRoot({ evaluate, lower: 0, upper: 1, start: 0.5, tolerance: 1e-9 })
      assert.closeTo(root, 0.3, 1e-6)
    }
  })
})

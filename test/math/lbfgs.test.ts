import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { lbfgs } from "../../src/math/lbfgs.ts"
import { normal } from "../../src/math/normal.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

const rosenbrock = (x: Float64Array, gradient: Float64Array) => {
  let value = 0
  gradient.fill(0)
  for (let i = 0; i + 1 < x.length; i++) {
    const bend = x[i + 1]! - x[i]! ** 2
    value += 100 * bend ** 2 + (1 - x[i]!) ** 2
    gradient[i]! -= 400 * bend * x[i]! + 2 * (1 - x[i]!)
    gradient[i + 1]! += 200 * bend
  }
  return value
}

describe("lbfgs", () => {
  it.prop("lbfgs solves a random positive quadratic", { seed: seedOf }, ({ seed }) => {
    const random = keyedRandom("quadratic", seed)
    const n = 1 + Math.floor(random() * 12)
    const scales = Float64Array.from({ length: n }, () => 10 ** (3 * random() - 1))
    const centre = Float64Array.from({ length: n }, () => 3 * normal(random))
    const { converged, values, x } = lbfgs({
      evaluate: (point, gradient) => {
        let value = 0
        for (let i = 0; i < n; i++) {
          gradient[i] = scales[i]! * (point[i]! - centre[i]!)
          value += (gradient[i]! * (point[i]! - centre[i]!)) / 2
        }
        return value
      },
      start: new Float64Array(n),
      gradientTolerance: 1e-9,
      valueTolerance: 0,
      maxIterations: 500
    })
    assert.isTrue(converged)
    for (let i = 0; i < n; i++) assert.closeTo(x[i]!, centre[i]!, 1e-6)
    for (let t = 1; t < values.length; t++) assert.isAtMost(values[t]!, values[t - 1]!)
  })

  it("lbfgs follows the bent valley of Rosenbrock to its end", () => {
    const start = Float64Array.of(-1.2, 1, -1.2, 1, -1.2, 1)
    const { converged, nEvaluations, values, x } = lbfgs({
      evaluate: rosenbrock,
      start,
      maxIterations: 500,
      valueTolerance: 0
    })
    assert.isTrue(converged)
    for (const value of x) assert.closeTo(value, 1, 1e-5)
    assert.isBelow(nEvaluations, 200)
    assert.isBelow(values.at(-1)!, 1e-10)
    assert.deepStrictEqual([...start], [-1.2, 1, -1.2, 1, -1.2, 1])
  })

  it("lbfgs stops at its limit and says that it has not converged", () => {
    const { converged, values } = lbfgs({ evaluate: rosenbrock, start: Float64Array.of(-1.2, 1), maxIterations: 3 })
    assert.isFalse(converged)
    assert.strictEqual(values.length, 4)
  })

  it("lbfgs steps back from where the value is not finite", () => {
    const { converged, x } = lbfgs({
      evaluate: (point, gradient) => {
        gradient[0] = 1 - 1e-3 / point[0]!
        return point[0]! - 1e-3 * Math.log(point[0]!)
      },
      start: Float64Array.of(5)
    })
    assert.isTrue(converged)
    assert.closeTo(x[0]!, 1e-3, 1e-5)
  })

  it("lbfgs takes an empty point, a minimum and no other start than a finite one", () => {
    assert.isTrue(lbfgs({ evaluate: () => 0, start: new Float64Array(0) }).converged)
    const there = lbfgs({ evaluate: rosenbrock, start: Float64Array.of(1, 1) })
    assert.strictEqual(there.nEvaluations, 1)
    assert.throws(
      () => lbfgs({ evaluate: () => Number.NaN, start: Float64Array.of(1) }),
      /found value NaN at the start/
    )
  })
})

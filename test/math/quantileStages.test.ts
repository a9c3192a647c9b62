import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { quantileStages } from "../../src/math/quantileStages.ts"

const values = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -20, maximum: 20 })))
const nStages = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 }))

describe("quantileStages", () => {
  it.prop("quantileStages rises with the numbers and tells equal ones nothing apart", { values, nStages }, (given) => {
    const stages = quantileStages(Float64Array.from(given.values), given.nStages)
    for (const [i, x] of given.values.entries()) {
      assert.isAtLeast(stages[i]!, 0)
      assert.isBelow(stages[i]!, given.nStages)
      for (const [j, y] of given.values.entries()) {
        if (x < y) assert.isAtMost(stages[i]!, stages[j]!)
        if (x === y) assert.strictEqual(stages[i], stages[j])
      }
    }
    const reversed = quantileStages(Float64Array.from(given.values.toReversed()), given.nStages)
    assert.deepStrictEqual([...reversed].toReversed(), [...stages])
  })

  it("quantileStages makes stages of equal size where no two numbers are equal", () => {
    for (const [n, k] of [
      [9, 3],
      [100, 7],
      [5, 8],
      [1, 1]
    ] as const) {
      const stages = quantileStages(
        Float64Array.from({ length: n }, (_, i) => (i * 37) % 101),
        k
      )
      const sizes = Array.from({ length: k }, (_, stage) => stages.filter((other) => other === stage).length)
      assert.isAtMost(Math.max(...sizes) - Math.min(...sizes), 1)
    }
  })

  it("quantileStages leaves missing numbers out and takes infinities", () => {
    const some = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, Number.NaN, 1)
    assert.deepStrictEqual([...quantileStages(some, 2)], [-1, 1, 0, 0, -1, 1])
    assert.deepStrictEqual([...quantileStages(new Float64Array(), 3)], [])
    // All are equal: the middle of their places is the middle stage.
    assert.deepStrictEqual([...quantileStages(new Float64Array(6), 3)], [1, 1, 1, 1, 1, 1])
  })

  it("quantileStages refuses a number of stages that is none", () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => quantileStages(new Float64Array(), n), /expected a positive integer/)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { evenSequence } from "../../src/math/evenSequence.ts"

const weights = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(8)
)

const placesOf = (some: ReadonlyArray<number>, n: number): ReadonlyArray<number> => {
  const sequence = evenSequence(some)
  return Array.from({ length: n }, () => sequence.next().value)
}

/** The largest distance, over the first n places, between what a class has and what it should have. */
const worst = (some: ReadonlyArray<number>, n: number) => {
  const total = some.reduce((sum, weight) => sum + weight, 0)
  const counts = some.map(() => 0)
  let most = 0
  for (const [k, next] of placesOf(some, n).entries()) {
    counts[next]!++
    for (const [i, weight] of some.entries()) {
      most = Math.max(most, Math.abs(counts[i]! - ((k + 1) * weight) / total))
    }
  }
  return most
}

describe("evenSequence", () => {
  it.prop("evenSequence keeps every beginning within the bound of the chairman problem", { weights }, (given) => {
    const n = given.weights.length
    const bound = n === 1 ? 0 : 1 - 1 / (2 * n - 2)
    assert.isAtMost(worst(given.weights, 600), bound + 1e-9)
  })

  it("evenSequence gives whole periods exactly, whatever the unit", () => {
    for (const [some, period] of [
      [[3, 1], 4],
      [[0.5, 0.3, 0.2], 10],
      [[1, 1, 1], 3],
      [[7], 5]
    ] as const) {
      const total = some.reduce((sum: number, weight: number) => sum + weight, 0)
      const places = placesOf(some, 3 * period)
      for (const [i, weight] of some.entries()) {
        assert.strictEqual(places.filter((place) => place === i).length, Math.round((3 * period * weight) / total))
      }
    }
    assert.isBelow(worst([0.1, 0.2, 0.3, 0.4], 100_000), 1)
    assert.isBelow(worst([1e-6, 1 - 1e-6], 10_000), 1)
  })

  it("evenSequence refuses weights that are none", () => {
    for (const some of [[], [1, 0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY]]) {
      assert.throws(() => evenSequence(some).next(), /expected positive numbers/)
    }
  })
})

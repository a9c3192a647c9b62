import { assert, describe, it } from "@effect/vitest"
import { elo } from "../../src/aggregations/elo.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

describe("elo", () => {
  it("elo moves half of k between equals and keeps the sum of points", () => {
    assert.deepStrictEqual([...elo(3, [{ first: 0, second: 1, points: 1 }])], [1016, 984, 1000])
    const random = keyedRandom("elo")
    const games = Array.from({ length: 200 }, (_, i) => ({
      first: i % 4,
      second: (i + 1 + (i % 3)) % 4,
      points: Math.round(2 * random()) / 2
    })).filter(({ first, second }) => first !== second)
    assert.approximately(
      elo(4, games).reduce((sum, rating) => sum + rating, 0),
      4000,
      1e-9
    )
  })

  it("elo finds the odds that planted results were drawn with: 400 points for 10 to 1", () => {
    const random = keyedRandom("elo odds")
    const games = Array.from({ length: 40_000 }, () => ({ first: 0, second: 1, points: Number(random() < 10 / 11) }))
    const [a, b] = elo(2, games, { k: 1 })
    assert.approximately(a! - b!, 400, 40)
  })

  it("elo refuses players and points out of range", () => {
    assert.throws(() => elo(2, [{ first: 0, second: 2, points: 1 }]), /found players 0 and 2/)
    assert.throws(() => elo(2, [{ first: 1, second: 1, points: 1 }]), /two different ones/)
    assert.throws(() => elo(2, [{ first: 0, second: 1, points: 2 }]), /found 2 points/)
  })
})

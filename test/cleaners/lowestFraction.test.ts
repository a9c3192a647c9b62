import { assert, describe, it } from "@effect/vitest"
import { flagBelow } from "../../src/cleaners/flagBelow.ts"
import { lowestFraction } from "../../src/cleaners/lowestFraction.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const count = (marks: Uint8Array) => marks.reduce((sum, mark) => sum + mark, 0)

describe("lowestFraction", () => {
  it("lowestFraction marks exactly floor(f N) rows, whatever the rounding of f N", () => {
    for (let n = 0; n <= 300; n++) {
      const score = Float64Array.from({ length: n }, (_, i) => (i * 7) % 11)
      const ids = Array.from({ length: n }, (_, i) => `r${i}`)
      for (const percent of [0, 1, 7, 10, 20, 29, 30, 40, 57, 58, 99, 100]) {
        // In whole numbers, so exact.
        const expected = Math.floor((percent * n) / 100)
        assert.strictEqual(count(lowestFraction(score, ids, { fraction: percent / 100 })), expected, `${percent} ${n}`)
      }
    }
  })

  it("lowestFraction breaks ties by row id, in any order of the rows, and sees ranks alone", () => {
    const random = keyedRandom("lowestFraction")
    const rows = Array.from({ length: 40 }, (_, i) => ({ id: `r${(i * 17) % 40}`, score: Math.floor(random() * 5) }))
    const marked = (list: typeof rows, f: (score: number) => number) => {
      const score = Float64Array.from(list, (row) => f(row.score))
      const marks = lowestFraction(
        score,
        list.map(({ id }) => id),
        { fraction: 0.35 }
      )
      return list
        .filter((_, i) => marks[i] === 1)
        .map(({ id }) => id)
        .sort()
    }
    const expected = rows
      .toSorted((a, b) => a.score - b.score || (a.id < b.id ? -1 : 1))
      .slice(0, 14)
      .map(({ id }) => id)
      .sort()
    assert.deepStrictEqual(
      marked(rows, (s) => s),
      expected
    )
    assert.deepStrictEqual(
      marked(rows.toReversed(), (s) => Math.exp(3 * s) - 100),
      expected
    )
  })

  it("lowestFraction leaves missing scores out of the count, and takes budgets and infinite scores", () => {
    const score = Float64Array.of(Number.NaN, 2, Number.NEGATIVE_INFINITY, Number.NaN, 1)
    const ids = ["a", "b", "c", "d", "e"]
    assert.deepStrictEqual([...lowestFraction(score, ids, { fraction: 0.7 })], [0, 0, 1, 0, 1])
    assert.deepStrictEqual([...lowestFraction(score, ids, { budget: 1 })], [0, 0, 1, 0, 0])
    assert.deepStrictEqual([...lowestFraction(score, ids, { budget: 9 })], [0, 1, 1, 0, 1])
  })

  it("lowestFraction refuses other fractions and budgets", () => {
    const one = Float64Array.of(1)
    assert.throws(
      () => lowestFraction(one, ["a"], { fraction: 1.1 }),
      /found fraction 1.1, expected a number from 0 to 1/
    )
    assert.throws(() => lowestFraction(one, ["a"], { budget: -1 }), /found budget -1/)
    assert.throws(() => lowestFraction(one, [], { budget: 1 }), /found 0 ids for 1 scores/)
  })

  it("flagBelow flags strictly below the threshold and no missing score", () => {
    assert.deepStrictEqual([...flagBelow(Float64Array.of(0.4, 0.5, Number.NaN, 0.6), 0.5)], [1, 0, 0, 0])
    assert.throws(() => flagBelow(new Float64Array(1), Number.NaN), /found threshold NaN/)
  })
})

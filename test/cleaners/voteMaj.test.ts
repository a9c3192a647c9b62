import { assert, describe, it } from "@effect/vitest"
import { voteAll } from "../../src/cleaners/voteAll.ts"
import { voteMaj } from "../../src/cleaners/voteMaj.ts"

const nan = Number.NaN
/** 1 is a vote for the row, 0 a tie, -1 a vote against it, NaN no score. */
const votes = (...rows: ReadonlyArray<ReadonlyArray<number>>) => {
  const chosenScores = Float64Array.from(rows.flat())
  return { chosenScores, rejectedScores: chosenScores.map(() => 0), nModels: rows[0]!.length }
}

describe("voteMaj", () => {
  const input = votes(
    [1, 1, 1, -1, -1, -1],
    [1, 1, -1, -1, -1, -1],
    [1, 1, 0, 0, -1, -1],
    [1, nan, -1, nan, nan, nan],
    [nan, nan, nan, nan, nan, nan],
    [-1, -1, -1, 0, -1, nan]
  )

  it("voteMaj keeps 3 against 3, counts ties against the row and asks only models that have scores", () => {
    const { flagged, score } = voteMaj(input)
    assert.deepStrictEqual([...flagged], [0, 1, 1, 0, 0, 1])
    assert.deepStrictEqual([...score], [3, 2, 2, 1, nan, 0])
  })

  it("voteAll flags what no model votes for, never rows without votes", () => {
    const { flagged, score } = voteAll(input)
    assert.deepStrictEqual([...flagged], [0, 0, 0, 0, 0, 1])
    assert.deepStrictEqual([...score], [3, 2, 2, 1, nan, 0])
  })

  it("voteMaj and voteAll refuse scores that do not fill the rows", () => {
    const bad = { chosenScores: new Float64Array(7), rejectedScores: new Float64Array(7), nModels: 6 }
    for (const rule of [voteMaj, voteAll]) {
      assert.throws(() => rule(bad), /found 7 entries in "chosenScores" for 1 rows, expected 6 each/)
      assert.throws(() => rule({ ...bad, nModels: 0 }), /found nModels 0/)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { rankScores } from "../../src/pairings/rankScores.ts"

const score = Schema.NullOr(Schema.Literals([-2, -1, 0, 0.5, 3, 7]))

describe("rankScores", () => {
  it("rankScores gives equal scores one rank and leaves none out", () => {
    assert.deepStrictEqual(rankScores([5, null, 9, 5, -1, 9]), [1, null, 0, 1, 2, 0])
    assert.deepStrictEqual(rankScores([0, -0, 0.1]), [1, 1, 0])
    assert.deepStrictEqual(rankScores([null, null]), [null, null])
    assert.deepStrictEqual(rankScores([]), [])
  })

  it.prop("rankScores counts the different scores above each", { scores: Schema.Array(score) }, ({ scores }) => {
    assert.deepStrictEqual(
      rankScores(scores),
      scores.map((own) => (own === null ? null : new Set(scores.filter((other) => other !== null && other > own)).size))
    )
  })
})

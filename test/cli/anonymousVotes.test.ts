import { assert, describe, it } from "@effect/vitest"
import { VoteTable } from "../../src/cleaners/VoteTable.ts"
import { anonymousVotes } from "../../src/cli/anonymousVotes.ts"

const said = (votes: ReadonlyArray<readonly [pair: string, who: string | null, verdict: "first" | "tie" | null]>) => {
  const table = new VoteTable()
  for (const [pairId, annotator, verdict] of votes) {
    table.add({
      pairId,
      promptId: null,
      firstId: "a",
      secondId: "b",
      annotator,
      verdict,
      scoreFirst: null,
      scoreSecond: null,
      lengthFirst: null,
      lengthSecond: null,
      sidesRecorded: true
    })
  }
  return anonymousVotes(table.columns())
}

describe("anonymousVotes", () => {
  it("anonymousVotes counts votes of nobody on pairs that have several, and the pairs", () => {
    const [warning, ...more] = said([
      ["one", null, "first"],
      ["two", null, "first"],
      ["one", null, "first"],
      ["three", null, "first"],
      ["one", null, "first"],
      ["two", null, "first"],
      ["three", "ada", "first"]
    ])
    assert.deepStrictEqual(more, [])
    assert.strictEqual(warning!.code, "anonymousVotes")
    assert.match(warning!.message, /^5 votes on 2 pairs .*--annotator/)
  })

  it("anonymousVotes says nothing where each pair has one, where all are named, and of votes without a winner", () => {
    assert.deepStrictEqual(
      said([
        ["one", null, "first"],
        ["two", null, "first"],
        ["one", "ada", "first"],
        ["one", null, "tie"],
        ["two", null, null]
      ]),
      []
    )
    assert.deepStrictEqual(
      said([
        ["one", "ada", "first"],
        ["one", "ada", "first"]
      ]),
      []
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { anonymousVotes } from "../../src/cli/anonymousVotes.ts"
import { columnsOf, type Told } from "../cleaners/columnsOf.ts"

const said = (votes: ReadonlyArray<Told>) => anonymousVotes(columnsOf(...votes))

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

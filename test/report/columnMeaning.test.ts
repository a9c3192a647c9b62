import { assert, describe, it } from "@effect/vitest"
import { columnMeaning } from "../../src/report/columnMeaning.ts"

describe("columnMeaning", () => {
  it("columnMeaning knows every column that cleaning adds, and none that it never saw", () => {
    for (const name of ["labelProb", "flagged", "votesFor", "votesAgainst", "flipped", "weight", "target"]) {
      assert.notStrictEqual(columnMeaning(name), "", name)
    }
    assert.strictEqual(columnMeaning("a column of a user"), "")
  })
})

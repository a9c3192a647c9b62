import { assert, describe, it } from "@effect/vitest"
import { VoteColumnsError } from "../../src/formats/VoteColumnsError.ts"

describe("VoteColumnsError", () => {
  it("VoteColumnsError says file, found, expected and remedy", () => {
    const error = new VoteColumnsError({ file: "a.csv", found: "the columns q", remedy: "name them with --chosen" })
    assert.strictEqual(
      error.message,
      'Cannot read votes from "a.csv": found the columns q, expected columns that allow one reading; name them with --chosen'
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { hasScalarText } from "../../src/formats/hasScalarText.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { lookOf } from "../contracts/format.ts"

describe("hasScalarText", () => {
  it("hasScalarText finds numbers and truth values where prompt and replies are, and not in labels or names", () => {
    const row = { prompt: "p", response_a: "x", response_b: "y", annotator: 7, winner: 1 }
    const columns = findVoteColumns(lookOf([row]).columns, {})
    if (isProblem(columns)) return assert.fail(columns.found)
    assert.isFalse(hasScalarText(columns, row))
    for (const name of ["prompt", "response_a", "response_b"]) {
      for (const value of [true, 0, 2n ** 60n]) assert.isTrue(hasScalarText(columns, { ...row, [name]: value }))
      for (const value of [null, "true", ["x"]]) assert.isFalse(hasScalarText(columns, { ...row, [name]: value }))
    }
    assert.isFalse(hasScalarText({ ...columns, hasTexts: false }, { ...row, response_a: 5 }))
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Columns from "../../src/Columns.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal } from "../../src/formats/Format.ts"
import { helpsteerRatings } from "../../src/formats/helpsteerRatings.ts"
import { trlUnpaired } from "../../src/formats/trlUnpaired.ts"
import { formatContract, pairOf, lookOf, holdingOf } from "../contracts/format.ts"

formatContract({
  format: trlUnpaired,
  kind: "unpaired",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores", "refLogProbs"],
  keepsExtra: true
})
formatContract({
  format: trlUnpaired,
  kind: "unpaired",
  style: "messages",
  fields: ["id", "models", "candidateIds", "scores", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true
})

describe("trlUnpaired", () => {
  it("trlUnpaired makes two rows of a pair, chosen first", () => {
    const writer = trlUnpaired.writer(holdingOf({ kind: "pair", style: "text", fields: [], keepsExtra: false }))
    if (!("write" in writer)) return assert.fail(writer.found)
    const rows: Array<Record<string, unknown>> = []
    writer.write(pairOf([["user", "q"]], "a", "b"), rows)
    assert.deepStrictEqual(rows, [
      { prompt: "q", completion: "a", label: true },
      { prompt: "q", completion: "b", label: false }
    ])
  })

  it("trlUnpaired refuses labels that are no booleans", () => {
    const reader = trlUnpaired.reader(lookOf([{ prompt: "q", completion: "a", label: true }]))
    if (!("read" in reader)) return assert.fail(reader.found)
    for (const label of [1, 0, "true", null, undefined]) {
      const read = reader.read({ prompt: "q", completion: "a", label })
      assert.strictEqual("reason" in read ? read.reason : null, "label that is no boolean")
    }
  })

  it("trlUnpaired gives unknown columns that would make pairs of single replies another name", () => {
    const rows = [{ prompt: "q", completion: "a", label: true, chosen: "a", rejected: "b" }]
    const made = convertRows(trlUnpaired, trlUnpaired, lookOf(rows), rows)
    if (!("rows" in made)) return assert.fail(made.found)
    assert.hasAllKeys(made.rows[0], ["prompt", "completion", "label", "extra_chosen", "extra_rejected"])
  })

  it("trlUnpaired gives each reply of a list its own ratings, whichever stands first", () => {
    const row = (response: string, helpfulness: number, verbosity: number | null) => ({
      prompt: "q",
      response,
      helpfulness,
      correctness: 0,
      coherence: helpfulness,
      complexity: 1,
      verbosity
    })
    for (const rows of [
      [row("low", 0, 3), row("top", 4, null), row("mid", 2, 2)],
      [row("top", 4, null), row("low", 0, 3)]
    ]) {
      const made = convertRows(helpsteerRatings, trlUnpaired, lookOf(rows), rows)
      if (isRefusal(made)) return assert.fail(made.found)
      const ratings = made.rows.map(({ coherence, completion, label, verbosity }) => [
        (completion as ReadonlyArray<{ readonly content: string }>)[0]!.content,
        label,
        coherence,
        verbosity
      ])
      assert.deepStrictEqual(ratings, [
        ["top", true, 4, null],
        ["low", false, 0, 3]
      ])
      for (const column of made.columns) {
        for (const one of made.rows) assert.isUndefined(Columns.mismatch(column, one[column.name]), column.name)
      }
    }
  })
})

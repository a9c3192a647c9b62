import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
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
})

import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { llamafactoryV1 } from "../../src/formats/llamafactoryV1.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { formatContract, lookOf } from "../contracts/format.ts"

formatContract({
  format: llamafactoryV1,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasLongReplies: true
})

describe("llamafactoryV1", () => {
  it("llamafactoryV1 writes no column called messages, which would make the row one of fine-tuning", () => {
    const rows = [{ prompt: "q", chosen: "a", rejected: "b", messages: "m" }]
    const made = convertRows(trlPreference, llamafactoryV1, lookOf(rows), rows)
    if (!("rows" in made)) return assert.fail(made.found)
    assert.hasAllKeys(made.rows[0], ["chosen_messages", "rejected_messages", "extra_messages"])
  })
})

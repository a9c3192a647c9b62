import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { formatContract, lookOf } from "../contracts/format.ts"

formatContract({ format: trlPrompt, kind: "prompt", style: "text", fields: ["id"], keepsExtra: true })
formatContract({
  format: trlPrompt,
  kind: "prompt",
  style: "messages",
  fields: ["id", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true
})

describe("trlPrompt", () => {
  it("trlPrompt gives unknown columns by which TRL would tell the row another name", () => {
    const rows = [{ prompt: "q", messages: [{ role: "user", content: "q" }], solution: "2" }]
    const made = convertRows(trlPrompt, trlPrompt, lookOf(rows), rows)
    if (!("rows" in made)) return assert.fail(made.found)
    assert.hasAllKeys(made.rows[0], ["prompt", "extra_messages", "solution"])
  })
})

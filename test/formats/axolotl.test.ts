import { assert, describe, it } from "@effect/vitest"
import type { Preference } from "../../src/formats/Format.ts"
import { axolotl } from "../../src/formats/axolotl.ts"
import { formatContract, pairOf, refusalOf, holdingOf } from "../contracts/format.ts"

/** Replies that trimming does not change, since the format trims. */
const framed = (record: Preference): Preference => ({
  ...record,
  candidates: record.candidates.map((one) => ({
    ...one,
    messages: one.messages.map((message) => ({ ...message, content: `<${message.content}>` }))
  }))
})

formatContract({
  format: axolotl,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  adjust: framed
})

describe("axolotl", () => {
  it("axolotl trims replies and counts it, and refuses those that stand in a template (AX-1)", () => {
    const writer = axolotl.writer(holdingOf({ kind: "pair", style: "messages", fields: [], keepsExtra: false }))
    if (!("write" in writer)) return assert.fail(writer.found)
    const rows: Array<Record<string, unknown>> = []
    assert.isUndefined(writer.write(pairOf([["user", "q"]], " a long enough reply\n", "another long reply"), rows))
    assert.deepStrictEqual(rows[0]!["chosen"], { role: "assistant", content: "a long enough reply" })
    assert.strictEqual(writer.remarks!.get("replies trimmed"), 1)
    assert.strictEqual(refusalOf(axolotl, pairOf([["user", "q"]], "user", "y y y")), "reply inside the chat template")
    assert.strictEqual(refusalOf(axolotl, pairOf([["user", "q"]], "a", "y y y")), "reply inside the chat template")
    assert.strictEqual(refusalOf(axolotl, pairOf([["user", "q"]], "same text", "same text ")), "identical replies")
  })
})

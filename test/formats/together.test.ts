import { assert, describe, it } from "@effect/vitest"
import { together } from "../../src/formats/together.ts"
import { formatContract, pairOf, refusalOf } from "../contracts/format.ts"

formatContract({
  format: together,
  kind: "pair",
  style: "messages",
  fields: [],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true,
  recognisedAs: "openai-preference"
})

describe("together", () => {
  it("together refuses messages with tool calls", () => {
    const record = pairOf([["user", "q"]], "a", "b")
    const tool = { role: "tool" as const, content: "r", toolCalls: [], name: null, toolCallId: "c" }
    assert.strictEqual(refusalOf(together, { ...record, context: [...record.context, tool] }), "tool call")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { llamafactoryKto } from "../../src/formats/llamafactoryKto.ts"
import { formatContract, lookOf } from "../contracts/format.ts"

formatContract({
  format: llamafactoryKto,
  kind: "unpaired",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true
})

describe("llamafactoryKto", () => {
  it("llamafactoryKto refuses a tag that is no boolean and a conversation that ends with the user", () => {
    const turns = [
      { role: "user", content: "q" },
      { role: "assistant", content: "a" }
    ]
    const reader = llamafactoryKto.reader(lookOf([{ messages: turns, label: true }]))
    if (!("read" in reader)) return assert.fail(reader.found)
    const reason = (row: Record<string, unknown>) => {
      const read = reader.read(row)
      return "reason" in read ? read.reason : null
    }
    assert.isNull(reason({ messages: turns, label: false }))
    assert.strictEqual(reason({ messages: turns, label: 1 }), "label that is no boolean")
    assert.strictEqual(reason({ messages: turns, label: "true" }), "label that is no boolean")
    assert.strictEqual(reason({ messages: turns.slice(0, 1), label: true }), "no reply at the end")
  })
})

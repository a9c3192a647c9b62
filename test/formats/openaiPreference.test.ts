import { assert, describe, it } from "@effect/vitest"
import { openaiPreference } from "../../src/formats/openaiPreference.ts"
import { formatContract, pairOf, refusalOf } from "../contracts/format.ts"

formatContract({
  format: openaiPreference,
  kind: "pair",
  style: "messages",
  fields: ["tools"],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true
})
formatContract({
  format: openaiPreference,
  kind: "pair",
  style: "messages",
  fields: [],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true
})

describe("openaiPreference", () => {
  it("openaiPreference refuses an input that ends with the assistant, no input, and a reply of several messages", () => {
    const record = pairOf([["user", "q"]], "a", "b")
    const [first, second] = record.candidates
    const long = { ...record, candidates: [{ ...first!, messages: [...first!.messages, ...first!.messages] }, second!] }
    assert.strictEqual(
      refusalOf(
        openaiPreference,
        pairOf(
          [
            ["user", "q"],
            ["assistant", "r"]
          ],
          "a",
          "b"
        )
      ),
      "input ends with the assistant"
    )
    assert.strictEqual(refusalOf(openaiPreference, pairOf([], "a", "b")), "empty prompt")
    assert.strictEqual(refusalOf(openaiPreference, long), "reply of several messages")
    assert.strictEqual(refusalOf(openaiPreference, { ...record, tools: "{" }), "unreadable tools")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { messageUses } from "../../src/formats/messageUses.ts"
import { pairOf } from "../contracts/format.ts"

describe("messageUses", () => {
  it("messageUses tells calls and answers of tools in prompts and replies from names of who speaks", () => {
    const none = pairOf([["user", "q"]], "a", "b")
    const [user] = none.context
    const [first, second] = none.candidates
    assert.deepStrictEqual(messageUses(none), { tools: false, names: false })
    assert.deepStrictEqual(messageUses({ ...none, context: [{ ...user!, name: "Zoë" }] }), {
      tools: false,
      names: true
    })
    const answer = { ...user!, role: "tool", name: "search" } as const
    const call = { ...user!, role: "assistant", content: null } as const
    for (const message of [answer, call, { ...user!, toolCallId: "c" }]) {
      const inReply = [first!, { ...second!, messages: [...second!.messages, message] }]
      for (const record of [
        { ...none, context: [user!, message] },
        { ...none, candidates: inReply }
      ]) {
        assert.deepStrictEqual(messageUses(record), { tools: true, names: false })
      }
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { rowTexts } from "../../src/cli/rowTexts.ts"

const message = (role: string, content: string | null, more: object = {}) => ({ role, content, ...more })
const columns = ["prompt", "chosen", "rejected"].map((name) => ({ name, type: "list", columnType: null }))

const texts = (prompt: ReadonlyArray<object>, chosen: ReadonlyArray<object>, rejected: ReadonlyArray<object>) =>
  rowTexts({ prompt, chosen, rejected }, { columns }, "trl-preference")

describe("rowTexts", () => {
  it("rowTexts tells a prompt of one turn as its text alone, and one of several with who speaks, the system too", () => {
    const replies = [[message("assistant", "good")], [message("assistant", "bad")]] as const
    assert.deepStrictEqual(texts([message("user", "u1")], ...replies), {
      prompt: "u1",
      replies: { chosen: "good", rejected: "bad" }
    })
    const asked = [
      message("system", "be brief"),
      message("user", "u1"),
      message("assistant", "a1"),
      message("user", "u2")
    ]
    assert.strictEqual(texts(asked, ...replies)!.prompt, "system: be brief\n\nuser: u1\n\nassistant: a1\n\nuser: u2")
    assert.strictEqual(texts([message("system", ""), message("user", "u1")], ...replies)!.prompt, "u1")
  })

  it("rowTexts tells who speaks in a reply of several turns, and a reply of tool calls alone by its calls", () => {
    const call = { id: "c", type: "function", function: { name: "weather", arguments: '{"city":"Ulm"}' } }
    const found = texts(
      [message("user", "u1")],
      [message("assistant", "a1"), message("user", "u2"), message("assistant", "a2")],
      [message("assistant", null, { tool_calls: [call] })]
    )
    assert.deepStrictEqual(found!.replies, {
      chosen: "assistant: a1\n\nuser: u2\n\nassistant: a2",
      rejected: 'weather({"city":"Ulm"})'
    })
  })
})

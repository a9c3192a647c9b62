import { assert, describe, it } from "@effect/vitest"
import { cutTranscript, historyTurns, isTranscript, joinTurns, readTurns } from "../../src/formats/Turns.ts"

describe("Turns", () => {
  it("Turns translates roles and joins blocks", () => {
    const read = readTurns([
      { from: "human", value: "a" },
      { role: "assistant", content: [{ type: "text", text: "b" }, { type: "image_url" }, "c"] }
    ])
    assert.deepStrictEqual(read, [
      { role: "user", text: "a" },
      { role: "assistant", text: "b\n[image_url]\nc" }
    ])
  })

  it("Turns takes a role that objects have of themselves for its own name", () => {
    const read = readTurns([
      { role: "constructor", content: "a" },
      { role: "__proto__", content: "b" }
    ])
    assert.deepStrictEqual(read, [
      { role: "constructor", text: "a" },
      { role: "__proto__", text: "b" }
    ])
  })

  it("Turns joins one turn to its text and several with their roles", () => {
    assert.strictEqual(joinTurns([{ role: "user", text: "a" }]), "a")
    const pair = [
      { role: "user", text: "a" },
      { role: "tool", text: "b" }
    ]
    assert.strictEqual(joinTurns(pair), "user: a\n\ntool: b")
    assert.strictEqual(joinTurns([]), "")
  })

  it("Turns cuts a transcript at its last Assistant marker alone", () => {
    const text = "\n\nHuman: who?\n\nAssistant: \n\nHuman: Assistant: said so\n\nAssistant:  two spaces"
    assert.deepStrictEqual(cutTranscript(text), {
      context: "\n\nHuman: who?\n\nAssistant: \n\nHuman: Assistant: said so",
      reply: " two spaces"
    })
    assert.deepStrictEqual(cutTranscript("\n\nHuman: a\n\nAssistant:"), { context: "\n\nHuman: a", reply: "" })
    assert.isUndefined(cutTranscript("Assistant: a"))
    assert.isFalse(isTranscript("Human: a\n\nAssistant: b"))
  })

  it("Turns makes messages of a history of exchanges, and of nothing else", () => {
    assert.deepStrictEqual(
      historyTurns([
        ["a", "b"],
        ["c", "d"]
      ]),
      [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
        { role: "user", content: "c" },
        { role: "assistant", content: "d" }
      ]
    )
    for (const other of ["a", null, [], [{ role: "user", content: "a" }], [["a", "b"], "c"]]) {
      assert.deepStrictEqual(historyTurns(other), other)
    }
  })

  it("readTurns takes calls of tools for text, in place of content or beside it", () => {
    const call = (given: unknown) => ({ id: "c", type: "function", function: { name: "get", arguments: given } })
    const said = (content: unknown, ...calls: ReadonlyArray<unknown>) => {
      const turns = readTurns([{ role: "assistant", content, tool_calls: calls }])
      return "reason" in turns ? turns.reason : turns[0]!.text
    }
    assert.strictEqual(said(null, call('{"x":1}')), 'get({"x":1})')
    assert.strictEqual(said("", call({ x: 1 })), said(null, call('{"x":1}')))
    assert.strictEqual(said("Look:", call("{}"), call("[]")), "Look:\nget({})\nget([])")
    assert.notStrictEqual(said(null, call('{"x":1}')), said(null, call('{"x":2}')))
    assert.strictEqual(said("Look:"), "Look:")
    assert.strictEqual(said(null), "no text")
  })

  it("readTurns says of a list with texts that it is one", () => {
    assert.deepStrictEqual(readTurns(["a", "b"]), { reason: "wrong type", found: "a list with a text in it" })
    assert.deepStrictEqual(readTurns([{ role: "user", content: "a" }, null]), {
      reason: "wrong type",
      found: "a list with nothing in it"
    })
    assert.deepStrictEqual(readTurns(5), { reason: "wrong type", found: "a number" })
  })
})

import { assert, describe, it } from "@effect/vitest"
import { requestFacets } from "../src/requestFacets.ts"
import { chatRequest } from "./journalFixture.ts"

describe("requestFacets", () => {
  it("requestFacets splits messages by role and leaves every other field under its name", () => {
    const request = chatRequest({ fields: { max_completion_tokens: 9, seed: 3, response_format: { b: 1, a: 2 } } })
    const messages = [
      ...request.request.messages,
      { role: "assistant", content: "Because." },
      { role: "user", content: "Why?" }
    ]
    assert.deepStrictEqual(
      Object.fromEntries(requestFacets({ ...request, request: { ...request.request, messages } })),
      {
        provider: "openai",
        endpoint: "https://a.example/v1",
        model: "m",
        "sample index": "0",
        "system prompt": "Be brief.",
        "user message": "Why is the sky blue?\n\nWhy?",
        "assistant turn": "Because.",
        temperature: "0.7",
        "max tokens": "9",
        seed: "3",
        "answer schema": '{"a":2,"b":1}'
      }
    )
  })

  it("requestFacets takes the task where there is only a hash of the messages", () => {
    const facets = requestFacets({
      provider: "simulated",
      request: { messages: "c0ffee", task: { kind: "generate", prompt: "Why?", persona: "terse" }, settings: [0, 0.6] }
    })
    assert.deepStrictEqual(Object.fromEntries(facets), {
      provider: "simulated",
      kind: "generate",
      "user message": "Why?",
      persona: "terse",
      settings: "[0,0.6]"
    })
  })

  it("requestFacets takes the input of an embedding for the user message, and survives anything", () => {
    assert.strictEqual(requestFacets({ kind: "embed", request: { input: "text" } }).get("user message"), "text")
    for (const value of [null, 3, "x", [], {}, { request: null }, { request: { messages: [null, 3] } }])
      assert.doesNotThrow(() => requestFacets(value))
  })
})

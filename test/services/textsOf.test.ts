import { assert, describe, it } from "@effect/vitest"
import { textsOf } from "../../src/services/textsOf.ts"
import { requestFor } from "../contracts/provider.ts"

describe("textsOf", () => {
  const messages = [
    { role: "system", content: "be brief" },
    { role: "user", content: "why?" }
  ] as const

  it("textsOf lists what a completion sends, its prefix and its schema as well", () => {
    const request = { ...requestFor("why?"), messages, answer: undefined }
    assert.deepStrictEqual(textsOf(request), ["be brief", "why?"])
    const schema = { type: "object" }
    assert.deepStrictEqual(textsOf({ ...request, prefix: "So", answer: { name: "a", schema } }), [
      "be brief",
      "why?",
      "So",
      '{"type":"object"}'
    ])
  })

  it("textsOf lists a scored, embedded or rewarded text behind what stands before it", () => {
    assert.deepStrictEqual(textsOf({ context: "why?", text: "so", model: null }), ["why?", "so"])
    assert.deepStrictEqual(textsOf({ context: messages, text: "so", model: null }), ["be brief", "why?", "so"])
    assert.deepStrictEqual(textsOf({ messages, text: "so", model: null }), ["be brief", "why?", "so"])
    assert.deepStrictEqual(textsOf({ text: "so", model: null, dimensions: 2 }), ["so"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { openrlhf } from "../../src/formats/openrlhf.ts"
import { formatContract, pairOf, refusalOf } from "../contracts/format.ts"

formatContract({
  format: openrlhf,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  recognisedAs: "trl-reward"
})
formatContract({
  format: openrlhf,
  kind: "pair",
  style: "text",
  fields: [],
  keepsExtra: false,
  recognisedAs: "trl-preference"
})

describe("openrlhf", () => {
  it("openrlhf refuses a reply of several messages", () => {
    const record = pairOf([["user", "q"]], "a", "b")
    const candidates = record.candidates.map((one) => ({ ...one, messages: [...one.messages, ...one.messages] }))
    assert.strictEqual(refusalOf(openrlhf, { ...record, candidates }), "reply of several messages")
  })
})

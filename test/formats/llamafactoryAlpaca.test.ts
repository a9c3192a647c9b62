import { assert, describe, it } from "@effect/vitest"
import { llamafactoryAlpaca } from "../../src/formats/llamafactoryAlpaca.ts"
import { formatContract, readRows } from "../contracts/format.ts"

formatContract({
  format: llamafactoryAlpaca,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  optional: ["input"]
})
formatContract({
  format: llamafactoryAlpaca,
  kind: "pair",
  style: "messages",
  fields: ["id"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  needsSystemText: true,
  optional: ["input", "system", "history"]
})

describe("llamafactoryAlpaca", () => {
  it("llamafactoryAlpaca joins instruction and input by a line break", () => {
    const [read] = readRows(llamafactoryAlpaca, [{ instruction: "Add", input: "1 + 2", chosen: "3", rejected: "4" }])
    assert.strictEqual(typeof read === "object" ? read.context[0]!.content : null, "Add\n1 + 2")
  })

  it("llamafactoryAlpaca refuses replies that are no texts", () => {
    const rows = [{ instruction: "a", chosen: { from: "gpt", value: "b" }, rejected: { from: "gpt", value: "c" } }]
    assert.include(JSON.stringify(readRows(llamafactoryAlpaca, rows)), "with text")
  })
})

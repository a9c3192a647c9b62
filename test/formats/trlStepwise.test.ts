import { assert, describe, it } from "@effect/vitest"
import { trlStepwise } from "../../src/formats/trlStepwise.ts"
import { formatContract, readRows } from "../contracts/format.ts"

formatContract({ format: trlStepwise, kind: "stepwise", style: "text", fields: ["id"], keepsExtra: true })

describe("trlStepwise", () => {
  it("trlStepwise refuses lists of different lengths, without elements and with others than texts and truth values", () => {
    const rows = [
      ...Array.from({ length: 20 }, () => ({ prompt: "p", completions: ["a", "b"], labels: [true, false] })),
      { prompt: "p", completions: ["a", "b"], labels: [true] },
      { prompt: "p", completions: [], labels: [] },
      { prompt: "p", completions: ["a", null], labels: [true, true] },
      { prompt: "p", completions: ["a", "b"], labels: [true, 1] }
    ]
    assert.deepStrictEqual(readRows(trlStepwise, rows).slice(20), [
      "unequal lengths",
      "no steps",
      "missing text",
      "label that is no boolean"
    ])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { trlStepwise } from "../../src/formats/trlStepwise.ts"
import { formatContract, readRows } from "../contracts/format.ts"

formatContract({ format: trlStepwise, kind: "stepwise", style: "text", fields: ["id"], keepsExtra: true })

describe("trlStepwise", () => {
  it("trlStepwise refuses lists of different lengths", () => {
    const rows = [
      { prompt: "p", completions: ["a", "b"], labels: [true, false] },
      { prompt: "p", completions: ["a", "b"], labels: [true] },
      { prompt: "p", completions: [], labels: [] }
    ]
    assert.deepStrictEqual(readRows(trlStepwise, rows).slice(1), ["unequal lengths", "unequal lengths"])
  })
})

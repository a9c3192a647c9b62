import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import type { Preference } from "../../src/formats/Format.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { verl } from "../../src/formats/verl.ts"
import { formatContract, pairOf, readRows, holdingOf, lookOf } from "../contracts/format.ts"

formatContract({
  format: verl,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  recognisedAs: "trl-reward"
})

/** Columns that all prompts for its RL trainers have, with what is written where nothing is known. */
const complete = (record: Preference): Preference => ({
  ...record,
  extra: { data_source: "unknown", ability: "", reward_model: { style: "model", ground_truth: "" }, ...record.extra }
})

formatContract({
  format: verl,
  kind: "prompt",
  style: "messages",
  fields: ["id", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  adjust: complete
})

describe("verl", () => {
  it("verl writes prompts with the columns that its RL trainers want", () => {
    const holding = holdingOf({ kind: "prompt", style: "text", fields: ["id"], keepsExtra: false })
    const answer = { name: "answer", type: { kind: "string", nullable: true } } as const
    const writer = verl.writer({ ...holding, extra: [answer] })
    if (!("write" in writer)) return assert.fail(writer.found)
    const rows: Array<Record<string, unknown>> = []
    writer.write(
      pairOf([["user", "1 + 1?"]], "", "", { kind: "prompt", candidates: [], id: "a", extra: { answer: "2" } }),
      rows
    )
    assert.deepStrictEqual(rows, [
      {
        prompt: [{ role: "user", content: "1 + 1?" }],
        data_source: "unknown",
        ability: "",
        reward_model: { style: "rule", ground_truth: "2" },
        id: "a",
        answer: "2"
      }
    ])
  })

  it("verl reads its prompts again and keeps what it does not know", () => {
    const rows = [
      {
        data_source: "math",
        prompt: [{ role: "user", content: "q" }],
        ability: "m",
        reward_model: { style: "rule", ground_truth: "2" }
      }
    ]
    const [read] = readRows(verl, rows)
    assert.deepStrictEqual(typeof read === "object" ? read.extra : null, {
      data_source: "math",
      ability: "m",
      reward_model: { style: "rule", ground_truth: "2" }
    })
  })

  it("verl keeps extra_info that is an object, and gives any other of that name another", () => {
    const named = (extra_info: unknown) => {
      const rows = [{ prompt: [{ role: "user", content: "q" }], extra_info }]
      const made = convertRows(trlPrompt, verl, lookOf(rows), rows)
      return "rows" in made ? Object.keys(made.rows[0]!) : made.found
    }
    assert.include(named({ index: 1 }), "extra_info")
    assert.include(named("text"), "extra_extra_info")
    assert.notInclude(named("text"), "extra_info")
  })
})

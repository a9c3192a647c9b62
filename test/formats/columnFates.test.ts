import { assert, describe, it } from "@effect/vitest"
import { columnFates } from "../../src/formats/columnFates.ts"
import { type Format, isRefusal } from "../../src/formats/Format.ts"
import { openaiPreference } from "../../src/formats/openaiPreference.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { llamafactorySharegpt } from "../../src/formats/llamafactorySharegpt.ts"
import { lookOf } from "../contracts/format.ts"

const rows = [
  {
    prompt: "p",
    chosen: "a",
    rejected: "b",
    score_chosen: 1,
    score_rejected: 0,
    source: "s",
    odd: 5,
    conversations: "c"
  },
  {
    prompt: "p",
    chosen: "a",
    rejected: "b",
    score_chosen: 1,
    score_rejected: 0,
    source: "s",
    odd: "x",
    conversations: "c"
  }
]

const fates = (to: Format) => {
  const reader = trlPreference.reader(lookOf(rows))
  if (isRefusal(reader)) return assert.fail(reader.found)
  const writer = to.writer(reader.holding)
  return isRefusal(writer) ? assert.fail(writer.found) : columnFates(reader.holding, writer)
}

describe("columnFates", () => {
  it("columnFates keeps what has a place and loses a column whose values have different types", () => {
    const { kept, lost, renamed } = fates(trlPreference)
    assert.deepStrictEqual([...kept].toSorted(), [
      "chosen",
      "conversations",
      "prompt",
      "rejected",
      "score_chosen",
      "score_rejected",
      "source"
    ])
    assert.deepStrictEqual(lost, ["odd"])
    assert.deepStrictEqual(renamed, [])
  })

  it("columnFates lists everything a closed format has no place for", () => {
    const { kept, lost, renamed } = fates(openaiPreference)
    assert.deepStrictEqual(kept, [])
    assert.deepStrictEqual([...lost].toSorted(), ["conversations", "odd", "score_chosen", "score_rejected", "source"])
    assert.deepStrictEqual(renamed, [
      { from: "prompt", to: ["input"] },
      { from: "chosen", to: ["preferred_output"] },
      { from: "rejected", to: ["non_preferred_output"] }
    ])
  })

  it("columnFates renames an unknown column whose name the other format needs", () => {
    assert.deepStrictEqual(fates(llamafactorySharegpt).renamed, [
      { from: "prompt", to: ["conversations"] },
      { from: "conversations", to: ["extra_conversations"] }
    ])
  })

  it("columnFates lists keys of messages that no reader takes, by the types of columns alone", () => {
    const text = { kind: "string", nullable: false } as const
    const fields = ["role", "content", "weight"].map((name) => ({ name, type: text }))
    const turns = { kind: "list", nullable: false, element: { kind: "struct", nullable: false, fields } } as const
    const columns = ["prompt", "chosen", "rejected"].map((name) => ({ name, columnType: turns }))
    const reader = trlPreference.reader({ columns, sample: [] })
    if (isRefusal(reader)) return assert.fail(reader.found)
    const writer = trlPreference.writer(reader.holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    assert.deepStrictEqual(columnFates(reader.holding, writer).lost, [
      "prompt[].weight",
      "chosen[].weight",
      "rejected[].weight"
    ])
  })

  it("columnFates says that replies are lost where prompts alone are written", () => {
    assert.includeMembers([...fates(trlPrompt).lost], ["chosen", "rejected", "score_chosen"])
  })
})

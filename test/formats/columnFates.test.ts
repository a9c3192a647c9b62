import { assert, describe, it } from "@effect/vitest"
import { axolotl } from "../../src/formats/axolotl.ts"
import { columnFates } from "../../src/formats/columnFates.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { type Format, type Holding, isRefusal } from "../../src/formats/Format.ts"
import { openaiPreference } from "../../src/formats/openaiPreference.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { helpsteer } from "../../src/formats/helpsteer.ts"
import { llamafactoryKto } from "../../src/formats/llamafactoryKto.ts"
import { llamafactorySharegpt } from "../../src/formats/llamafactorySharegpt.ts"
import { llamafactoryV1 } from "../../src/formats/llamafactoryV1.ts"
import { nemoRl } from "../../src/formats/nemoRl.ts"
import { openrlhf } from "../../src/formats/openrlhf.ts"
import { prefloom } from "../../src/formats/prefloom.ts"
import { shp } from "../../src/formats/shp.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { votes } from "../../src/formats/votes.ts"
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

  const between = (from: Format, given: ReadonlyArray<Record<string, unknown>>, to: Format) => {
    const reader = from.reader(lookOf(given))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const writer = to.writer(reader.holding)
    return isRefusal(writer) ? assert.fail(writer.found) : columnFates(reader.holding, writer)
  }

  it("columnFates says that the strength is lost where only the order of a strength is written", () => {
    const turns = [{ role: "user", content: "p" }]
    const strengths = [{ context: turns, response1: "a", response2: "b", overall_preference: -2 }]
    for (const to of [nemoRl, openaiPreference, shp]) {
      assert.deepStrictEqual(between(helpsteer, strengths, to).lost, ["overall_preference (strength)"], to.name)
    }
    assert.deepStrictEqual(between(helpsteer, strengths, trlPreference).lost, [])
  })

  it("columnFates sends the first of two columns to the first only where they stand for the two sides", () => {
    const models = { chosen_model: "m", rejected_model: "n" }
    const pairs = between(trlPreference, [{ prompt: "p", chosen: "a", rejected: "b", ...models }], prefloom)
    assert.deepInclude(pairs.renamed, { from: "chosen_model", to: ["chosenModel"] })
    assert.deepInclude(pairs.renamed, { from: "rejected_model", to: ["rejectedModel"] })
    const completions = ["m", "n"].map((model, i) => ({ model, response: `r${i}`, overall_score: i }))
    const list = [{ instruction: "p", models: ["m", "n"], completions }]
    assert.deepInclude(between(ultrafeedback, list, trlPreference).renamed, {
      from: "models",
      to: ["chosen_model", "rejected_model"]
    })
  })

  it("columnFates sends labels to the winner and annotators to the annotator, whatever stands first", () => {
    const holding: Holding = {
      kind: "pair",
      style: "text",
      hasToolCalls: false,
      parts: [
        { part: "prompt", column: "prompt" },
        { part: "models", column: "model_x" },
        { part: "models", column: "model_y" },
        { part: "votes", column: "winner" },
        { part: "annotators", column: "worker" }
      ],
      extra: [],
      unkept: []
    }
    const writer = votes.writer(holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    assert.deepStrictEqual(columnFates(holding, writer), {
      kept: ["prompt", "winner"],
      renamed: [
        { from: "model_x", to: ["model_a"] },
        { from: "model_y", to: ["model_b"] },
        { from: "worker", to: ["annotator"] }
      ],
      lost: []
    })
  })

  it("columnFates says that annotators are lost where votes are written without their names", () => {
    const given = [{ prompt: "p", chosen: "a", rejected: "b", votes: [{ annotator: "w", winner: 0 }] }]
    assert.deepStrictEqual(between(trlPreference, given, helpsteer).lost, ["votes (annotators)"])
    assert.deepStrictEqual(between(trlPreference, given, openrlhf).lost, [])
  })

  it("columnFates names what of messages with tools LLaMA-Factory has no place for, and nothing without tools", () => {
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } }
    const row = {
      prompt: [{ role: "user", content: "p" }],
      chosen: [{ role: "assistant", content: null, tool_calls: [call] }],
      rejected: [{ role: "assistant", content: "b" }]
    }
    const plain = { ...row, chosen: [{ role: "assistant", content: "a" }] }
    for (const to of [llamafactorySharegpt, llamafactoryV1, llamafactoryKto]) {
      const { lost } = between(trlPreference, [row], to)
      assert.include(lost, "chosen (ids of tool calls, names of tools)", to.name)
      assert.deepStrictEqual(between(trlPreference, [plain], to).lost, [], to.name)
    }
  })

  it("columnFates calls names of who speaks lost whatever other columns hold", () => {
    const turn = (role: string, name: string | null) => [{ role, content: `a text of the ${role}`, name }]
    const row = {
      prompt: turn("user", "Zoë"),
      chosen: turn("assistant", null),
      rejected: [{ ...turn("assistant", null)[0]!, content: "another" }]
    }
    const lostOf = (one: Record<string, unknown>) => {
      const made = convertRows(trlPreference, axolotl, lookOf([one]), [one])
      return isRefusal(made) ? assert.fail(made.found) : made.lost
    }
    const wanted = ["prompt", "chosen", "rejected"].map((name) => `${name} (names of who speaks)`)
    assert.includeMembers([...lostOf(row)], wanted)
    assert.includeMembers([...lostOf({ ...row, cast: [{ role: "witch", name: "Ada" }] })], wanted)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { distilabel } from "../../src/formats/distilabel.ts"
import { FormatFlaw, isRefusal, type Row } from "../../src/formats/Format.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { formatContract, lookOf, readRows } from "../contracts/format.ts"

formatContract({
  format: distilabel,
  kind: "pair",
  style: "messages",
  fields: ["id", "models", "scores", "margin", "candidateIds", "votes", "refLogProbs", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true
})

/** A row as distilabel's UltraFeedback task leaves it; made up. */
const row: Row = {
  instruction: "Say hello",
  generations: ["Hello", "Hi", "No", "Hey"],
  generation_models: ["m1", "m2", "m3", "m4"],
  ratings: [4, 5, 1, null],
  rationales: ["a", "b", "c", null],
  model_name: "judge"
}

describe("distilabel", () => {
  it("distilabel reads rated generations as a list, without those whose rating failed, and keeps the rest", () => {
    const reader = distilabel.reader(lookOf([row]))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const record = reader.read(row)
    if (!("candidates" in record)) return assert.fail(record.found)
    assert.strictEqual(record.kind, "ranked")
    assert.deepStrictEqual(
      record.candidates.map(({ messages, model, score }) => [messages[0]!.content, model, score]),
      [
        ["Hello", "m1", 4],
        ["Hi", "m2", 5],
        ["No", "m3", 1]
      ]
    )
    assert.hasAllKeys(record.extra, ["rationales", "model_name"])
    assert.deepStrictEqual([...reader.remarks!.values()], [1])
    const failed = { ...row, generations: ["Hello", null, "No", "Hey"] }
    assert.deepStrictEqual(
      readRows(distilabel, [row, failed]).map((one) => (typeof one === "object" ? one.candidates.length : one)),
      [3, 2]
    )
    const made = convertRows(distilabel, trlPreference, lookOf([row]), [row], listRules.adjacent)
    assert.deepStrictEqual("rows" in made && made.rows.map(({ chosen, rejected }) => [chosen, rejected]), [
      ["Hi", "Hello"],
      ["Hello", "No"]
    ])
  })

  it("distilabel reads system prompts and chats before rated generations", () => {
    const rolesOf = (one: Row) => {
      const [read] = readRows(distilabel, [one])
      return typeof read === "object" ? [read.style, ...read.context.map(({ role }) => role)] : read
    }
    assert.deepStrictEqual(rolesOf(row), ["text", "user"])
    assert.deepStrictEqual(rolesOf({ ...row, system_prompt: "Be kind." }), ["messages", "system", "user"])
    assert.deepStrictEqual(rolesOf({ ...row, system_prompt: null }), ["text", "user"])
    const { instruction, ...rest } = row
    const messages = ["user", "assistant", "user"].map((role) => ({ role, content: instruction }))
    assert.deepStrictEqual(rolesOf({ ...rest, messages }), ["messages", "user", "assistant", "user"])
  })

  it("distilabel refuses ratings that are not one for each generation, and is told from its pairs", () => {
    const bad = [{ ratings: [1] }, { ratings: null }, { ratings: [1, 2, 3, "x"] }, { generations: [1, "a", "b", "c"] }]
    const reader = distilabel.reader(lookOf([row]))
    if (isRefusal(reader)) return assert.fail(reader.found)
    assert.deepStrictEqual(
      bad.map((one) => {
        const read = reader.read({ ...row, ...one })
        return read instanceof FormatFlaw ? [read.reason, read.column] : null
      }),
      [
        ["unequal lengths", "ratings"],
        ["unequal lengths", "ratings"],
        ["wrong type", "ratings[3]"],
        ["wrong type", "generations[0]"]
      ]
    )
    const name = (one: Row) => {
      const found = recogniseFormat(lookOf([one]))
      return "format" in found ? found.format.name : found.found
    }
    assert.strictEqual(name(row), "distilabel")
    const pair = ["yes", "no"].map((content) => [
      { role: "user", content: "q" },
      { role: "assistant", content }
    ])
    const formatted = { ...row, prompt: "q", chosen: pair[0], rejected: pair[1], chosen_rating: 5, rejected_rating: 1 }
    assert.strictEqual(name(formatted), "distilabel")
    const [read] = readRows(distilabel, [formatted])
    assert.strictEqual(typeof read === "object" ? read.kind : read, "pair")
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Columns from "../../src/Columns.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { FormatFlaw, isRefusal, type Preference } from "../../src/formats/Format.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { movesTexts } from "../../src/formats/movesTexts.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlReward } from "../../src/formats/trlReward.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { formatContract, holdingOf, lookOf } from "../contracts/format.ts"

const scored = (score_chosen: number, score_rejected: number | null) => ({
  prompt: "p",
  chosen: "a",
  rejected: "b",
  score_chosen,
  score_rejected
})
const withMargin = (record: Preference): Preference => ({ ...record, margin: record.margin ?? 0.25 })

formatContract({
  format: trlReward,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "scores", "margin"],
  keepsExtra: true,
  adjust: withMargin
})
formatContract({
  format: trlReward,
  kind: "pair",
  style: "messages",
  fields: ["margin", "tools"],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true,
  adjust: withMargin
})

describe("trlReward", () => {
  it("trlReward wants a margin in every row where there is one", () => {
    const writer = trlReward.writer(holdingOf({ kind: "pair", style: "text", fields: ["margin"], keepsExtra: false }))
    if (!("columns" in writer)) return assert.fail(writer.found)
    const margin = writer.columns.find(({ name }) => name === "margin")!
    assert.isDefined(Columns.mismatch(margin, null))
    assert.isUndefined(Columns.mismatch(margin, 0.5))
  })

  it("trlReward takes the distance of the scores for the margin where the data have none, of lists and of pairs", () => {
    const lists = [
      {
        instruction: "q",
        completions: [1, 4, 2.5].map((score) => ({ model: "m", response: `${score}`, overall_score: score }))
      }
    ]
    const cut = (rule?: (typeof listRules)[keyof typeof listRules]) => {
      const made = convertRows(ultrafeedback, trlReward, lookOf(lists), lists, rule)
      return isRefusal(made) ? assert.fail(made.found) : made.rows
    }
    assert.deepStrictEqual(
      cut().map(({ margin }) => margin),
      [3]
    )
    for (const { chosen, margin, rejected } of cut(listRules.all)) {
      assert.strictEqual(margin, Number(chosen) - Number(rejected))
    }
    const pairs = convertRows(trlPreference, trlReward, lookOf([scored(8, 4.5)]), [scored(8, 4.5), scored(2, 1)])
    if (isRefusal(pairs)) return assert.fail(pairs.found)
    assert.deepStrictEqual(
      pairs.rows.map(({ margin }) => margin),
      [3.5, 1]
    )
  })

  it("trlReward keeps all pairs and writes no margin where one has none, or scores against its order", () => {
    const given = (margin: number | null) => ({ prompt: "p", chosen: "a", rejected: "b", margin })
    for (const rows of [
      [scored(8, 4.5), scored(8, null)],
      [scored(8, 4.5), scored(3, 4)],
      [scored(8, 4.5), { ...scored(8, null), chosen: "b" }, scored(7, null)],
      [given(1), given(null)],
      [given(null), given(2)]
    ]) {
      const made = convertRows(trlPreference, trlReward, lookOf(rows), rows)
      if (isRefusal(made)) return assert.fail(made.found)
      assert.strictEqual(made.rows.length, rows.filter(({ chosen }) => chosen !== "b").length)
      assert.notInclude(
        made.columns.map(({ name }) => name),
        "margin"
      )
      assert.isTrue(made.rows.every((row) => !("margin" in row)))
      assert.deepStrictEqual(made.lost, "margin" in rows[0]! ? ["margin"] : [])
    }
  })

  it("trlReward counts pairs without a margin, and takes no pair that is left out for one", () => {
    const rows = [scored(8, 4.5), { ...scored(8, null), chosen: "b" }]
    const made = convertRows(trlPreference, trlReward, lookOf(rows), rows)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepStrictEqual(
      made.rows.map(({ margin }) => margin),
      [3.5]
    )
    const reader = trlPreference.reader(lookOf(rows))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const writer = trlReward.writer({ ...reader.holding, lacksMargins: true })
    if (isRefusal(writer)) return assert.fail(writer.found)
    for (const row of [scored(8, 4.5), scored(8, null), scored(1, 2)]) {
      const record = reader.read(row)
      if (record instanceof FormatFlaw) return assert.fail(record.found)
      assert.isUndefined(writer.write(record, []))
    }
    const [said] = writer.remarks ?? []
    assert.match(said![0], /without two scores that show their order, so that no pair got one/)
    assert.strictEqual(said![1], 2)
  })

  it("trlReward writes no column margin of anything but numbers, which TRL would take for margins", () => {
    const rows = [{ prompt: "p", chosen: "a", rejected: "b", margin: null, note: "n" }]
    const made = convertRows(trlPreference, trlReward, lookOf(rows), rows)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepStrictEqual(made.lost, ["margin"])
    assert.deepStrictEqual(made.kept, ["prompt", "chosen", "rejected", "note"])
    assert.notProperty(made.rows[0], "margin")
  })

  it("trlReward says that its lines are more than moved where it makes margins", () => {
    const rows = [{ prompt: "p", chosen: "a", rejected: "b", score_chosen: 8, score_rejected: 4 }]
    const reader = trlPreference.reader(lookOf(rows))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const writer = trlReward.writer(reader.holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    assert.isNull(movesTexts("trl-preference", reader, "trl-reward", writer))
  })
})

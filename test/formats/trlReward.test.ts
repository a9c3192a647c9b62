import { assert, describe, it } from "@effect/vitest"
import * as Columns from "../../src/Columns.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference } from "../../src/formats/Format.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { movesTexts } from "../../src/formats/movesTexts.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlReward } from "../../src/formats/trlReward.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { formatContract, holdingOf, lookOf } from "../contracts/format.ts"

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
    const rows = [
      { prompt: "p", chosen: "a", rejected: "b", score_chosen: 8, score_rejected: 4.5 },
      { prompt: "p", chosen: "a", rejected: "b", score_chosen: 8, score_rejected: null },
      { prompt: "p", chosen: "a", rejected: "b", score_chosen: 3, score_rejected: 4 }
    ]
    const pairs = convertRows(trlPreference, trlReward, lookOf(rows), rows)
    if (isRefusal(pairs)) return assert.fail(pairs.found)
    assert.deepStrictEqual(
      pairs.rows.map(({ margin }) => margin),
      [3.5]
    )
    assert.deepStrictEqual(
      pairs.rejects.map(({ flaw, row }) => [row, flaw.reason]),
      [
        [1, "no margin"],
        [2, "no margin"]
      ]
    )
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

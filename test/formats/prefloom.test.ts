import { assert, describe, it } from "@effect/vitest"
import { Pair } from "../../schemas/Pair.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference, type Row } from "../../src/formats/Format.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { prefloom } from "../../src/formats/prefloom.ts"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { formatContract, lookOf } from "../contracts/format.ts"

/** Ids and models are in every pair, and so are the columns that other formats lack. */
const complete = (record: Preference): Preference => ({
  ...record,
  id: record.id ?? "x",
  candidates: record.candidates.map((one) => ({ ...one, id: one.id ?? "c", model: one.model ?? "m" })),
  extra: {
    promptId: "p",
    rule: "bestWorst",
    sharedPlace: true,
    chosenFirst: false,
    errorType: "facts",
    labelProb: 0.5,
    nLabels: 3,
    plantedCorrect: true,
    ...record.extra
  }
})

formatContract({
  format: prefloom,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores", "margin"],
  keepsExtra: true,
  adjust: complete
})

describe("prefloom", () => {
  it("prefloom takes over columns of its own names where they hold the same, and renames those that do not", () => {
    const rows = [{ prompt: "p", chosen: "a", rejected: "b", rule: 7, errorType: "facts", nLabels: "many" }]
    const made = convertRows(trlPreference, prefloom, lookOf(rows), rows)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepInclude(made.rows[0]!, {
      rule: "imported",
      extra_rule: 7,
      errorType: "facts",
      nLabels: 0,
      extra_nLabels: "many"
    })
    assert.deepStrictEqual(
      made.renamed.filter(({ from }) => from === "rule"),
      [{ from: "rule", to: ["extra_rule"] }]
    )
  })

  it("prefloom takes over whatever columns of its own another format does not know, and says what it keeps", () => {
    const names = Object.keys(Pair).filter((name) => !["prompt", "chosen", "rejected"].includes(name))
    for (let i = 0; i < 200; i++) {
      const random = keyedRandom("own columns", i)
      const given = names.filter(() => random() < 0.4)
      const rows = Array.from({ length: 4 }, (_, row) => {
        const pair = pairRow(row, random)
        const own = given.map((name) => [name, pair[name as keyof typeof pair]])
        return { prompt: pair.prompt, chosen: pair.chosen, rejected: pair.rejected, ...Object.fromEntries(own) }
      })
      const look = lookOf(rows)
      for (const format of [trlPreference, prefloom]) {
        const made = convertRows(format, prefloom, look, rows)
        if (isRefusal(made)) return assert.fail(made.found)
        const back = made.rows.map((row) => Object.fromEntries(Object.keys(rows[0]).map((name) => [name, row[name]])))
        assert.deepStrictEqual(back, rows)
        assert.deepStrictEqual([made.lost, made.renamed, made.rejects], [[], [], []])
        assert.deepStrictEqual(made.kept.toSorted(), Object.keys(rows[0]).toSorted())
      }
    }
  })

  it("prefloom's names of scores, models and ids are read in pairs of any format, where its own are not there", () => {
    const pair = { prompt: "p", chosen: "a", rejected: "b" }
    const rows = [
      { ...pair, scoreChosen: 8, scoreRejected: 4.5, chosenModel: "m", rejectedModel: "n" },
      { ...pair, scoreChosen: 8, scoreRejected: 4, chosenModel: "m", rejectedModel: "n" }
    ]
    const recognised = recogniseFormat(lookOf(rows))
    if (!("format" in recognised)) return assert.fail(recognised.found)
    assert.strictEqual(recognised.format, trlPreference)
    const made = convertRows(trlPreference, ultrafeedback, lookOf(rows), rows)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepStrictEqual(made.rows[0]!["completions"], [
      { model: "m", response: "a", overall_score: 8 },
      { model: "n", response: "b", overall_score: 4.5 }
    ])
    const both = rows.map((row) => ({ ...row, score_chosen: 2, score_rejected: 1 }))
    const other = convertRows(trlPreference, ultrafeedback, lookOf(both), both)
    if (isRefusal(other)) return assert.fail(other.found)
    assert.deepStrictEqual(other.rows[0]!["completions"], [
      { model: "m", response: "a", overall_score: 2 },
      { model: "n", response: "b", overall_score: 1 }
    ])
    assert.deepInclude(other.rows[0]!, { scoreChosen: 8, scoreRejected: 4.5 })
  })

  it("prefloom leaves columns of its names aside where the pair has such values from elsewhere, and of lists", () => {
    const rows = [
      { prompt: "p", chosen: "a", rejected: "b", chosen_model: "m", rejected_model: "n", chosenModel: "other" }
    ]
    const made = convertRows(trlPreference, prefloom, lookOf(rows), rows)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepInclude(made.rows[0]!, { chosenModel: "m", rejectedModel: "n", extra_chosenModel: "other" })
    const lists = [
      {
        instruction: "q",
        completions: [4, 3, 2].map((score) => ({ model: "m", response: `${score}`, overall_score: score })),
        scoreChosen: 9
      }
    ]
    const cut = convertRows(ultrafeedback, prefloom, lookOf(lists), lists)
    if (isRefusal(cut)) return assert.fail(cut.found)
    assert.deepInclude(cut.rows[0]!, { scoreChosen: 4, scoreRejected: 2, extra_scoreChosen: 9 })
  })

  it("prefloom takes nothing that stands beside a list for a pair of it, whichever rule cuts the pairs", () => {
    const lists = [
      {
        instruction: "q",
        completions: [4, 3, 2].map((score) => ({ model: "m", response: `${score}`, overall_score: score })),
        margin: 7,
        chosenId: "x",
        promptId: "p",
        labelProb: 0.5,
        nLabels: 3
      }
    ]
    for (const rule of [undefined, ...Object.values(listRules)]) {
      const cut = convertRows(ultrafeedback, prefloom, lookOf(lists), lists, rule)
      if (isRefusal(cut)) return assert.fail(cut.found)
      for (const one of cut.rows) {
        assert.deepInclude(one, {
          margin: (one["scoreChosen"] as number) - (one["scoreRejected"] as number),
          promptId: "p",
          labelProb: null,
          nLabels: 0,
          extra_margin: 7,
          extra_chosenId: "x",
          extra_labelProb: 0.5,
          extra_nLabels: 3
        })
        assert.notInclude([one["chosenId"], one["rejectedId"]], "x")
      }
      assert.strictEqual(new Set(cut.rows.map(({ id }) => id)).size, cut.rows.length)
      const texts = new Set(cut.rows.map(({ chosen }) => chosen))
      assert.strictEqual(new Set(cut.rows.map(({ chosenId }) => chosenId)).size, texts.size)
      assert.deepStrictEqual(
        cut.renamed.filter(({ from }) => from === "margin" || from === "chosenId"),
        ["margin", "chosenId"].map((from) => ({ from, to: [`extra_${from}`] }))
      )
    }
  })

  it("prefloom writes the distance of the scores as the margin where the data have none, and never one against the order", () => {
    const scored = [
      [3.5, 2.25, 1.25],
      [2, 2, 0],
      [1, 4, null],
      [null, 4, null]
    ] as const
    const rows = scored.map(([better, worse], i) => ({
      prompt: `p${i}`,
      chosen: "a",
      rejected: "b",
      score_chosen: better,
      score_rejected: worse
    }))
    const marginsOf = (of: ReadonlyArray<Row>) => {
      const made = convertRows(trlPreference, prefloom, lookOf(of), of)
      return isRefusal(made) ? assert.fail(made.found) : made.rows.map(({ margin }) => margin)
    }
    assert.deepStrictEqual(
      marginsOf(rows),
      scored.map(([, , margin]) => margin)
    )
    const given = rows.map((row, i) => ({ ...row, margin: i === 0 ? null : 7 }))
    assert.deepStrictEqual(marginsOf(given), [null, 7, 7, 7])
  })

  it("prefloom names the rule that cut a pair of a list, and marks pairs whose place others had the same claim to", () => {
    const lists = [
      [4, 3, 2],
      [4, 4, 2]
    ].map((scores) => ({
      instruction: "q",
      completions: scores.map((score, i) => ({ model: "m", response: `${score} ${i}`, overall_score: score })),
      rule: "of the list",
      sharedPlace: true
    }))
    for (const [name, rule] of Object.entries(listRules)) {
      const cut = convertRows(ultrafeedback, prefloom, lookOf(lists), lists, rule)
      if (isRefusal(cut)) return assert.fail(cut.found)
      const nShared = cut.rows.filter((row) => row["sharedPlace"] === true).length
      assert.strictEqual(nShared, name === "best-worst" ? 1 : 0)
      for (const row of cut.rows) {
        assert.deepInclude(row, { rule: rule.rule, extra_rule: "of the list", extra_sharedPlace: true })
      }
    }
  })
})

/** A pair whose every value is one of its own; scores are whole numbers in some. */
const pairRow = (i: number, random: () => number) => ({
  id: `id ${i}`,
  promptId: `prompt ${i}`,
  prompt: `p${i}`,
  chosen: `a${i}`,
  rejected: `b${i}`,
  chosenId: `c${i}`,
  rejectedId: `r${i}`,
  chosenModel: `m${i}`,
  rejectedModel: `n${i}`,
  scoreChosen: Math.floor(random() * 10),
  scoreRejected: random(),
  margin: random() < 0.5 ? 1 : random(),
  rule: `rule ${i}`,
  sharedPlace: random() < 0.5,
  chosenFirst: random() < 0.5,
  errorType: `type ${i}`,
  labelProb: random(),
  nLabels: i,
  plantedCorrect: random() < 0.5
})

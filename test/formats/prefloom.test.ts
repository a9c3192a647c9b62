import { assert, describe, it } from "@effect/vitest"
import { Pair } from "../../schemas/Pair.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference } from "../../src/formats/Format.ts"
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

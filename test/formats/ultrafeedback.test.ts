import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { FormatFlaw, isRefusal, type Preference, type Row } from "../../src/formats/Format.ts"
import { orderOf } from "../../src/formats/PairRules.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { formatContract, holdingOf, lookOf, pairOf, readRows } from "../contracts/format.ts"

/** The format has a score of each reply and no ranks. */
const unranked = (record: Preference): Preference => ({
  ...record,
  candidates: record.candidates.map((one, i) => ({ ...one, score: one.score ?? 1000 - i, rank: null }))
})

formatContract({
  format: ultrafeedback,
  kind: "ranked",
  style: "text",
  fields: ["id", "models", "scores"],
  keepsExtra: true,
  adjust: unranked
})

describe("ultrafeedback", () => {
  it("ultrafeedback scores by the mean of the aspect ratings, without N/A, and by overall_score where there are none", () => {
    const rating = (Rating: string) => ({ Rating, Rationale: "r" })
    const rows = [
      {
        instruction: "q",
        completions: [
          {
            model: "m",
            response: "a",
            overall_score: 10,
            annotations: { honesty: rating("N/A"), helpfulness: rating("2"), truthfulness: rating("3") }
          },
          { model: "n", response: "b", overall_score: 7, annotations: {} }
        ]
      }
    ]
    const [read] = readRows(ultrafeedback, rows)
    assert.deepStrictEqual(typeof read === "object" ? read.candidates.map(({ score }) => score) : null, [2.5, 7])
  })

  it("ultrafeedback writes a pair or a list only where reading it gives the same order again", () => {
    let nWritten = 0
    for (let i = 0; i < 500; i++) {
      const random = keyedRandom("order", i)
      const some = (n: number): number | null => (random() < 0.1 ? null : Math.floor(random() * n))
      const record = candidatesOf(
        Array.from({ length: 2 + Math.floor(random() * 3) }, (_, c) => ({
          rank: some(3),
          score: some(4),
          text: `${c}`
        }))
      )
      const order = orderOf(record.candidates)
      const back = throughFormat(record)
      const said = order instanceof FormatFlaw ? null : new Set(order).size > 1 ? signsOf(order) : null
      if (typeof back === "string") {
        const scored = record.candidates.map(({ score }) => score)
        const kept = scored.every((score) => score !== null) ? signsOf(scored.map((score) => -score)) : null
        assert.notStrictEqual(said ?? "no order", kept, `${i}: ${back}`)
        continue
      }
      nWritten++
      assert.strictEqual(signsOf(orderOf(back.candidates) as ReadonlyArray<number>), said)
    }
    assert.isAbove(nWritten, 50)
  })

  it("ultrafeedback refuses empty replies, the same reply twice, ties and scores that contradict the ranks, and says so", () => {
    const best = { rank: 0, score: 2, text: "yes" }
    assert.strictEqual(throughFormat(candidatesOf([best, { rank: 1, score: 3, text: "no" }])), "order against scores")
    assert.strictEqual(throughFormat(candidatesOf([best, { rank: 1, score: 2, text: "no" }])), "order against scores")
    assert.strictEqual(throughFormat(candidatesOf([best, { rank: 1, score: null, text: "no" }])), "no score")
    assert.strictEqual(throughFormat(candidatesOf([best, { rank: 1, score: 1, text: " " }])), "empty reply")
    assert.strictEqual(throughFormat(candidatesOf([best, { rank: 1, score: 1, text: "yes" }])), "identical replies")
    assert.strictEqual(throughFormat(candidatesOf([best, { rank: 0, score: 2, text: "no" }])), "tie")
  })

  it("ultrafeedback is refused for data without scores before a row is written", () => {
    const rows = [{ prompt: "p", chosen: "a", rejected: "b" }]
    const made = convertRows(trlPreference, ultrafeedback, lookOf(rows), rows)
    assert.deepStrictEqual(made, {
      found: "replies without scores",
      wanted: "a score of each reply"
    })
  })
})

interface Given {
  readonly rank: number | null
  readonly score: number | null
  readonly text: string
}

const candidatesOf = (given: ReadonlyArray<Given>): Preference => ({
  ...pairOf([["user", "q"]], "", ""),
  kind: "ranked",
  style: "text",
  candidates: given.map(({ rank, score, text }) => ({
    ...pairOf([], text, "").candidates[0]!,
    rank,
    score
  }))
})

/** Which of every two is before the other, as text. */
const signsOf = (order: ReadonlyArray<number>): string =>
  order.map((one) => order.map((other) => Math.sign(one - other)).join(",")).join(";")

/** The record after writing and reading, or the reason for which it is not written. */
const throughFormat = (record: Preference): Preference | string => {
  const writer = ultrafeedback.writer(
    holdingOf({ kind: "ranked", style: "text", fields: ["scores"], keepsExtra: false })
  )
  if (isRefusal(writer)) return assert.fail(writer.found)
  const rows: Array<Row> = []
  const flaw = writer.write(record, rows)
  return flaw === undefined ? readRows(ultrafeedback, rows)[0]! : flaw.reason
}

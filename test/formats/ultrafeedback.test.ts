import { assert, describe, it } from "@effect/vitest"
import type { Preference } from "../../src/formats/Format.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { formatContract, readRows } from "../contracts/format.ts"

/** The format has scores and no ranks. */
const unranked = (record: Preference): Preference => ({
  ...record,
  candidates: record.candidates.map((one) => ({ ...one, rank: null }))
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
})

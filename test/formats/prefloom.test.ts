import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference } from "../../src/formats/Format.ts"
import { prefloom } from "../../src/formats/prefloom.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
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
})

import * as Schema from "effect/Schema"
import { type Candidate, Candidates, originalAnswer } from "../../schemas/Candidate.ts"
import { contentId } from "../Seed.ts"
import { enrich } from "../Stage.ts"

/**
 * Makes candidates of the `chosen` and `rejected` texts that a data set already has, in this order.
 *
 * So that existing preference pairs can be corrupted, judged and cleaned like generated ones; `inject({ target: "first" })`
 * then corrupts the chosen text, as SeaPO does. `model` names where the texts come from.
 */
export const adopt = (options: { readonly model?: string } = {}) =>
  enrich({
    name: "adopt",
    needs: { id: Schema.String, chosen: Schema.String, rejected: Schema.String },
    gives: Candidates,
    config: options,
    rows: (rows) =>
      rows.map((row) => ({
        candidates: (["chosen", "rejected"] as const).map((side, sampleIndex): Candidate => ({
          ...originalAnswer,
          id: contentId(row.id, side, row[side]),
          text: row[side],
          model: options.model ?? "adopted",
          sampleIndex
        }))
      }))
  })

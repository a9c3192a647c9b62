import * as Schema from "effect/Schema"
import { type Candidate, Candidates, originalAnswer } from "../../schemas/Candidate.ts"
import { contentId } from "../Seed.ts"
import { enrich, type RowOf, type Stage } from "../Stage.ts"

/** Which texts become candidates, and as whose. */
export interface AdoptOptions<Column extends string> {
  /** Columns with texts, one candidate each, in this order. Default `chosen` and `rejected`. */
  readonly columns?: ReadonlyArray<Column>
  /** Names where the texts come from. Default "adopted". */
  readonly model?: string
}

/**
 * Makes candidates of texts that a data set already has: `chosen` and `rejected`, or those of other columns.
 *
 * So that existing preference pairs, captions or traces can be corrupted, judged and cleaned like generated ones; `inject({ target:
 * "first" })` then corrupts the text of the first column, as SeaPO does. Throws without a column.
 */
export const adopt = <const Column extends string = "chosen" | "rejected">(
  options: AdoptOptions<Column> = {}
): Stage<{ readonly id: string } & { readonly [K in Column]: string }, RowOf<typeof Candidates>, true> => {
  const { columns = ["chosen", "rejected"], model = "adopted" } = options
  if (columns.length === 0) throw new Error("Cannot adopt: found no column, expected one or more")
  return enrich({
    name: "adopt",
    needs: { id: Schema.String, ...Object.fromEntries(columns.map((column) => [column, Schema.String])) },
    gives: Candidates,
    config: { columns, model },
    rows: (rows) =>
      rows.map((row) => ({
        candidates: columns.map((column, sampleIndex): Candidate => {
          const text = (row as Readonly<Record<string, string>>)[column]!
          return { ...originalAnswer, id: contentId(row.id, column, text), text, model, sampleIndex }
        })
      }))
  })
}

import * as Schema from "effect/Schema"
import { SpanWeight } from "../../schemas/SpanWeight.ts"
import { enrich, type RowOf, type Stage } from "../Stage.ts"

/** Which texts are weighed, and what of them counts how much. */
export interface SpanWeightsOptions<Column extends string, N extends Schema.Struct.Fields> {
  /** The columns with the texts, such as `"completion"` or `["chosen", "rejected"]`. */
  readonly of: Column | ReadonlyArray<Column>
  /** The columns that `spans` reads besides. */
  readonly needs: N
  /** The weighed spans of the text in a column, in any order, none inside another. A pure function of the row. */
  readonly spans: (row: RowOf<N> & { readonly [K in Column]: string }, column: Column) => ReadonlyArray<SpanWeight>
  /** The weight of what no span covers. Default 1. */
  readonly elsewhere?: number
}

/**
 * Gives each text the weights of its pieces: `chosenWeights` beside `chosen`, from the first character to the last.
 *
 * For trainers that weigh tokens: a token counts as the span does that it ends in. The spans may come from judgments on spans
 * (`spans: (row) => row.spans.map(({ start, end, features }) => …)` behind `pair({ carry: Spans })`), from tokens that a critique
 * blames, or from the place where two responses part. The weights of a text are in its order, without gaps and overlaps, neighbours
 * of equal weight as one; an empty text has none. No format of TRL has weights of tokens; the columns are written as they are. A stage that
 * changes the texts later leaves the weights wrong. A span outside its text, or over another, is an error of the recipe and stops the
 * run. Costs no call.
 */
export const spanWeights = <const Column extends string, N extends Schema.Struct.Fields>(
  options: SpanWeightsOptions<Column, N>
): Stage<
  RowOf<N> & { readonly [K in Column]: string },
  { readonly [K in `${Column}Weights`]: ReadonlyArray<SpanWeight> },
  true
> => {
  const { elsewhere = 1, spans } = options
  const columns: ReadonlyArray<Column> = [options.of].flat() as ReadonlyArray<Column>
  if (columns.length === 0) throw new Error("Cannot weigh spans: found no column, expected one or more")
  return enrich({
    name: "spanWeights",
    needs: { ...options.needs, ...Object.fromEntries(columns.map((column) => [column, Schema.String])) },
    gives: Object.fromEntries(columns.map((column) => [`${column}Weights`, Schema.Array(SpanWeight)])),
    config: { of: columns, spans: String(spans), elsewhere },
    rows: (rows, context) =>
      rows.map((given) => {
        const row = given as RowOf<N> & { readonly [K in Column]: string }
        return Object.fromEntries(
          columns.map((column) => {
            const where = `"${column}" of row "${context.rowId(row)}"`
            return [`${column}Weights`, covering(row[column], spans(row, column), elsewhere, where)]
          })
        )
      })
  }) as unknown as Stage<
    RowOf<N> & { readonly [K in Column]: string },
    { readonly [K in `${Column}Weights`]: ReadonlyArray<SpanWeight> },
    true
  >
}

/** The spans in order, with what lies between them, neighbours of equal weight joined. */
const covering = (text: string, given: ReadonlyArray<SpanWeight>, elsewhere: number, where: string) => {
  const made: Array<SpanWeight> = []
  const push = (start: number, end: number, weight: number) => {
    const last = made.at(-1)
    if (start === end) return
    if (last?.weight === weight) made[made.length - 1] = { start: last.start, end, weight }
    else made.push({ start, end, weight })
  }
  let from = 0
  for (const { end, start, weight } of given.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= from && end >= start && end <= text.length)) {
      throw new RangeError(
        `Cannot weigh ${where}: found a span from ${start} to ${end} behind ${from} in a text of ${text.length}, expected spans inside the text that do not overlap`
      )
    }
    if (!Number.isFinite(weight))
      throw new RangeError(`Cannot weigh ${where}: found weight ${weight}, expected a number`)
    push(from, start, elsewhere)
    push(start, end, weight)
    from = end
  }
  push(from, text.length, elsewhere)
  return made
}

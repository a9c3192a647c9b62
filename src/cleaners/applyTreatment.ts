import { checkColumns } from "./Flags.ts"
import type { Treated } from "./treat.ts"

/**
 * Carries out flips and removals on rows that have `chosen` and `rejected`; weights and targets are left to the caller.
 *
 * `output` has the rows kept, `removed` the others as they came, both in the order given, so together they are the input;
 * flipped rows stay where they were. Rows are copied where they change, never edited; applied to its own output, a flip
 * restores the input. Time O(N). Throws a RangeError on unequal lengths.
 */
export const applyTreatment = <Row extends { readonly chosen: unknown; readonly rejected: unknown }>(
  rows: ReadonlyArray<Row>,
  { flipped, kept }: Pick<Treated, "flipped" | "kept">
): { readonly output: Array<Row>; readonly removed: Array<Row> } => {
  checkColumns("Cannot apply a treatment", rows.length, { flipped, kept })
  const output: Array<Row> = []
  const removed: Array<Row> = []
  for (const [i, row] of rows.entries()) {
    if (kept[i] === 0) removed.push(row)
    else output.push(flipped[i] === 0 ? row : { ...row, chosen: row.rejected, rejected: row.chosen })
  }
  return { output, removed }
}

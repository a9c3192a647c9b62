/** What a flagging rule says: one entry per row, in the order given. A flag only names suspects; a treatment follows. */
export interface Flags {
  /** What the rule looked at, in its own unit; NaN where evidence is missing. */
  readonly score: Float64Array
  /** 1 where the row is suspect. A row without evidence is not. */
  readonly flagged: Uint8Array
}

/** Checks that columns have one entry per row, or `perRow` of them. */
export const checkColumns = (
  action: string,
  nRows: number,
  columns: Readonly<Record<string, { readonly length: number }>>,
  perRow = 1
): void => {
  for (const [name, { length }] of Object.entries(columns)) {
    if (length === nRows * perRow) continue
    throw new RangeError(
      `${action}: found ${length} entries in "${name}" for ${nRows} rows, expected ${perRow === 1 ? "one" : perRow} each`
    )
  }
}

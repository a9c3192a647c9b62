import * as Columns from "../Columns.ts"
import { type Format, FormatFlaw, type Row } from "../formats/Format.ts"
import { rejectReason } from "../sources/rejectReason.ts"

/**
 * Says why rows that a format's writer has made cannot go into a file with these columns; undefined when they can.
 *
 * Lines of free JSON have no column types; of them only half characters are refused, which no reader of JSON takes.
 */
export const unwritable = (
  format: Format,
  columns: ReadonlyArray<Columns.Column>,
  rows: ReadonlyArray<Row>
): FormatFlaw | undefined => {
  for (const row of rows) {
    const flaw = format.onlyJsonLines === true ? halfCharacter(row) : misfit(columns, row)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

const misfit = (columns: ReadonlyArray<Columns.Column>, row: Row): FormatFlaw | undefined => {
  for (const column of columns) {
    const value = row[column.name]
    const found = Columns.mismatch(column, value)
    if (found !== undefined) return new FormatFlaw(rejectReason(column, value), found.column, found.found, found.wanted)
  }
  return undefined
}

const halfCharacter = (row: Row): FormatFlaw | undefined => {
  const column = Object.keys(row).find((name) => !isWhole(row[name]))
  return column === undefined
    ? undefined
    : new FormatFlaw("lone surrogate", column, "a lone surrogate", "well-formed Unicode text")
}

const isWhole = (value: unknown): boolean =>
  typeof value === "string"
    ? value.isWellFormed()
    : typeof value !== "object" || value === null || Object.values(value).every(isWhole)

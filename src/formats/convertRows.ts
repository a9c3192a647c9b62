import type { Column } from "../Columns.ts"
import { type ColumnFates, columnFates } from "./columnFates.ts"
import { type Format, FormatFlaw, isRefusal, type Look, type Refusal, type Row } from "./Format.ts"

/** A row that was not converted: its place, from 0, and why. */
export interface ConvertReject {
  readonly row: number
  readonly flaw: FormatFlaw
}

/** What a conversion of rows gave. */
export interface ConvertedRows extends ColumnFates {
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Row>
  readonly rejects: ReadonlyArray<ConvertReject>
  readonly notes: ReadonlyArray<string>
}

/**
 * Converts rows in memory from one format to another, with what is kept, renamed and lost, and every row that cannot be converted.
 *
 * The rows are not edited and keep their order. Their columns are `look.columns`; `look.sample` shows what these hold. Refused as a whole is
 * what the formats exclude, such as pairs from prompts. Time and memory are linear in the rows.
 */
export const convertRows = (from: Format, to: Format, look: Look, rows: Iterable<Row>): ConvertedRows | Refusal => {
  const reader = from.reader(look)
  if (isRefusal(reader)) return reader
  const writer = to.writer(reader.holding)
  if (isRefusal(writer)) return writer
  const converted: Array<Row> = []
  const rejects: Array<ConvertReject> = []
  let n = 0
  for (const row of rows) {
    const record = reader.read(row)
    const flaw = record instanceof FormatFlaw ? record : writer.write(record, converted)
    if (flaw !== undefined) rejects.push({ row: n, flaw })
    n++
  }
  const { columns, notes } = writer
  return { ...columnFates(reader.holding, writer), columns, rows: converted, rejects, notes }
}

import type { Column } from "../Columns.ts"
import type { PairRule } from "../pairings/PairRule.ts"
import { type ColumnFates, columnFates } from "./columnFates.ts"
import { cutWriter } from "./cutWriter.ts"
import {
  type Format,
  FormatFlaw,
  type Holding,
  isRefusal,
  type Look,
  type Preference,
  type Refusal,
  type Row
} from "./Format.ts"
import { RecordJoiner } from "./RecordJoiner.ts"

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

/** What was read of a row, and its place; of several rows that make one record the first. */
interface Read {
  readonly row: number
  readonly record: Preference | FormatFlaw
}

/**
 * Converts rows in memory from one format to another, with what is kept, renamed and lost, and every row that cannot be converted.
 *
 * The rows are not edited and keep their order. Their columns are `look.columns`; `look.sample` shows what these hold. Refused as a whole is
 * what the formats exclude, such as pairs from prompts. `pairs` cuts ranked lists into pairs, see `cutWriter` and `listRules`; without it lists
 * stay lists where `to` holds them, and otherwise the best and the worst of each are taken. Time and memory are linear in the rows.
 */
export const convertRows = (
  from: Format,
  to: Format,
  look: Look,
  rows: Iterable<Row>,
  pairs?: PairRule
): ConvertedRows | Refusal => {
  const reader = from.reader(look)
  if (isRefusal(reader)) return reader
  const read: Array<Read> = []
  const joiner = new RecordJoiner<Read>(reader, ({ row }, record) => ({ row, record }))
  let n = 0
  for (const row of rows) {
    joiner.add({ row: n, record: reader.read(row) }, read)
    n++
  }
  joiner.end(read)
  return writeAll(read, to, reader.holding, pairs)
}

const writeAll = (
  read: ReadonlyArray<Read>,
  to: Format,
  holding: Holding,
  pairs: PairRule | undefined
): ConvertedRows | Refusal => {
  const writer = pairs === undefined ? to.writer(holding) : cutWriter(to, holding, pairs)
  if (isRefusal(writer)) return writer
  const rows: Array<Row> = []
  const rejects: Array<ConvertReject> = []
  for (const { record, row } of read) {
    const flaw = record instanceof FormatFlaw ? record : writer.write(record, rows)
    if (flaw !== undefined) rejects.push({ row, flaw })
  }
  if (writer.lacksMargins?.() === true) return writeAll(read, to, { ...holding, lacksMargins: true }, pairs)
  const { columns, notes } = writer
  return { ...columnFates(holding, writer), columns, rows, rejects, notes }
}

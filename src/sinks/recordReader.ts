import type * as Columns from "../Columns.ts"
import { isRefusal, type Look, type Reader, type Row } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { recogniseFormat } from "../formats/recogniseFormat.ts"

/** Rows as records of preference data: in which format they are, and their reader. */
export interface RecordReader {
  readonly format: string
  readonly reader: Reader
}

/** What columns show of themselves, with the first rows where there are some. */
export const lookOf = (columns: ReadonlyArray<Columns.Column>, sample: ReadonlyArray<Row> = []): Look => ({
  columns: columns.map(({ name, type }) => ({ name, columnType: type })),
  sample
})

/**
 * Finds out in which format of preference data rows are.
 *
 * `wanted` is the format they are taken for first, where it fits. Returns what was found where none fits, or several fit alike.
 */
export const recordReader = (look: Look, wanted?: string): RecordReader | string => {
  const first = formats.find(({ name }) => name === wanted)?.reader(look)
  if (first !== undefined && !isRefusal(first)) return { format: wanted!, reader: first }
  const recognised = recogniseFormat(look)
  if (!("format" in recognised)) return recognised.found
  const reader = recognised.format.reader(look)
  return isRefusal(reader) ? reader.found : { format: recognised.format.name, reader }
}

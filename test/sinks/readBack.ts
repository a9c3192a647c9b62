import * as fs from "node:fs"
import * as zlib from "node:zlib"
import * as Arrow from "apache-arrow"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import type { ColumnType } from "../../src/Columns.ts"

export type Row = Readonly<Record<string, unknown>>

/** Reads the rows of a Parquet file with hyparquet. */
export const readParquet = async (file: string): Promise<ReadonlyArray<Row>> =>
  parquetReadObjects({
    file: await asyncBufferFromFile(file),
    compressors: { ZSTD: (bytes) => zlib.zstdDecompressSync(bytes) }
  })

/** Reads the rows of an Arrow IPC file with apache-arrow. */
export const readArrow = async (file: string): Promise<ReadonlyArray<Row>> =>
  Arrow.tableFromIPC(fs.readFileSync(file))
    .toArray()
    .map((row: Arrow.StructRow) => row.toJSON())

/** Reads the lines of a JSON Lines file, compressed by its name. */
export const readJsonl = async (file: string): Promise<ReadonlyArray<Row>> => {
  const bytes = fs.readFileSync(file)
  const text = file.endsWith(".gz")
    ? zlib.gunzipSync(bytes)
    : file.endsWith(".zst")
      ? zlib.zstdDecompressSync(bytes)
      : bytes
  const lines = text.toString("utf8").split("\n")
  if (lines.pop() !== "") throw new Error(`"${file}" does not end with a line break`)
  return lines.map((line) => JSON.parse(line) as Row)
}

/** A value as a column of this type holds it: bigints to numbers, vectors to arrays, absent to null. */
export const plain = (type: ColumnType, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case "int":
      return Number(value)
    case "list":
      return Array.from(value as Iterable<unknown>, (one) => plain(type.element, one))
    case "struct": {
      // A row of apache-arrow by itself gives what it inherits under a name such as "constructor".
      const object = (value instanceof Arrow.StructRow ? value.toJSON() : value) as Record<string, unknown>
      return Object.fromEntries(type.fields.map((field) => [field.name, plain(field.type, object[field.name])]))
    }
    default:
      return value
  }
}

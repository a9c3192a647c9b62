import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Columns from "../Columns.ts"
import { jsonText } from "../formats/jsonText.ts"
import { anyRows } from "../sources/anyRows.ts"
import { columnTypeOf, type FileType } from "../sources/FileType.ts"
import { type FoundRow, type FoundRows, RowFlaw } from "../sources/FoundRows.ts"
import { inferColumns, merge } from "../sources/inferType.ts"
import type { Inspection } from "../sources/Inspection.ts"
import type { SourceError } from "../sources/SourceError.ts"

/** All columns of files, as one table holds them. */
export interface OwnColumns {
  /** Any value may be null. */
  readonly columns: ReadonlyArray<Columns.Column>
  /** Columns whose values have no type in common, or are whole numbers that no number holds: what is no text is written as JSON. */
  readonly asJson: ReadonlyArray<string>
  /** Columns of types that cannot be read. */
  readonly unread: ReadonlyArray<string>
}

/**
 * Finds the type of every column over all files, so that no row has to be cut to fit.
 *
 * Parquet and Arrow declare their types and cells of CSV are text; objects of JSON are all looked at, in one pass. Columns whose names differ
 * only in "chosen" and "rejected" get a type that holds both, because they may change places. Objects with more than 200 different fields are
 * dictionaries and become JSON. Memory is a chunk of the input.
 */
export const cleanColumns = Effect.fnUntraced(function* (
  files: ReadonlyArray<Inspection>,
  seen: (nRows: number) => void
): Effect.fn.Return<OwnColumns, SourceError> {
  const types = new Map<string, FileType>()
  const unread: Array<string> = []
  const add = (name: string, type: FileType) => {
    const known = types.get(name)
    types.set(name, known === undefined ? type : merge(known, type))
  }
  for (const file of files) {
    if (isJson(file)) {
      yield* Stream.runForEach(anyRows([file], []), ({ rows }) =>
        Effect.sync(() => {
          const found = rows.filter(isRow)
          for (const { name, type } of inferColumns(found)) {
            add(
              name,
              found.some((row) => holdsLarge(Columns.ownValue(row, name))) ? { kind: "other", nullable: true } : type
            )
          }
          for (const [name, type] of types)
            if (nLeaves(type) > mostLeaves) types.set(name, { kind: "other", nullable: true })
          seen(rows.length)
        })
      )
      continue
    }
    for (const { columnType, name } of file.columns) {
      if (columnType === null) unread.push(name)
      else add(name, file.format === "csv" ? { kind: "string", nullable: true } : columnType)
    }
  }
  for (const [name, type] of types) {
    const other = name.replace(/chosen/i, (found) => (found[0] === "C" ? "Rejected" : "rejected"))
    if (other === name || !types.has(other)) continue
    const both = merge(type, types.get(other)!)
    types.set(name, both).set(other, both)
  }
  const asJson: Array<string> = []
  const columns = [...types].map(([name, type]): Columns.Column => {
    const columnType = columnTypeOf(type)
    if (columnType !== null && hasFields(columnType)) return { name, type: { ...columnType, nullable: true } }
    asJson.push(name)
    return { name, type: { kind: "string", nullable: true } }
  })
  return { columns, asJson, unread: [...new Set(unread)].filter((name) => !types.has(name)) }
})

/** The rows of files with all columns that can be read, one file after the other. Numbers of rows are those of `readVotes`. */
export const cleanRows = (files: ReadonlyArray<Inspection>): Stream.Stream<FoundRows, SourceError> =>
  Stream.fromIterable(files).pipe(
    Stream.flatMap((file) =>
      anyRows(
        [file],
        file.columns.filter(({ columnType }) => columnType !== null || file.format === "csv").map(({ name }) => name)
      )
    )
  )

/** A value as a column of text holds it: what is no text as JSON. */
export const asText = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === "string" ? value : jsonText(value)

const isJson = ({ format }: Inspection): boolean => format === "jsonl" || format === "json"

const isRow = (row: FoundRow | RowFlaw): row is FoundRow => !(row instanceof RowFlaw)

/** Says whether there is a whole number whose digits no number keeps. */
const holdsLarge = (value: unknown): boolean =>
  typeof value === "bigint" || (typeof value === "object" && value !== null && Object.values(value).some(holdsLarge))

/** More leaves than that are keys of a dictionary, not fields. */
const mostLeaves = 200

const nLeaves = (type: FileType): number =>
  type.kind === "list"
    ? nLeaves(type.element)
    : type.kind === "struct"
      ? type.fields.reduce((sum, field) => sum + nLeaves(field.type), 0)
      : 1

/** Says whether no struct inside is empty: Parquet has no form for one. */
const hasFields = (type: Columns.ColumnType): boolean =>
  type.kind === "list"
    ? hasFields(type.element)
    : type.kind !== "struct" || (type.fields.length > 0 && type.fields.every((field) => hasFields(field.type)))

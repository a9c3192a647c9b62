import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type * as Batch from "../Batch.ts"
import * as Columns from "../Columns.ts"
import type { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { type FoundRow, type FoundRows, RowFlaw } from "./FoundRows.ts"
import { makeRows, type SourceOptions } from "./makeRows.ts"
import { rejectReason } from "./rejectReason.ts"
import { setOwn } from "./setOwn.ts"
import type { SourceError } from "./SourceError.ts"

/**
 * Checks the rows of a source against its columns, and cuts them into batches, see `makeRows`.
 *
 * A row keeps the declared columns, in their order, and nothing else; an absent nullable one becomes null. A row that does not
 * fit is rejected.
 */
export const checkRows = <const F extends Schema.Struct.Fields>(
  key: string,
  fields: F,
  options: SourceOptions,
  found: Stream.Stream<FoundRows, SourceError>
): Stream.Stream<Batch.Batch<RowOf<F>>, SourceError, Run> => {
  const readers = Columns.fromFields(fields).map(readerOf)
  return makeRows<RowOf<F>>(key, options, found, (row, _, into) => {
    const checked = checkRow(readers, row)
    if (checked instanceof RowFlaw) return checked
    // The row was built from the columns of the fields, and each value was checked.
    into.push(checked as RowOf<F>)
    return undefined
  })
}

interface ColumnReader {
  readonly column: Columns.Column
  readonly take: (value: unknown) => unknown
}

const readerOf = (column: Columns.Column): ColumnReader => ({
  column,
  take: takeOf(column.type)
})

const checkRow = (readers: ReadonlyArray<ColumnReader>, found: FoundRow): FoundRow | RowFlaw => {
  const row: Record<string, unknown> = {}
  for (const { column, take } of readers) {
    const value = Columns.ownValue(found, column.name)
    const mismatch = Columns.mismatch(column, value)
    if (mismatch !== undefined) return flawOf(column, value, mismatch)
    setOwn(row, column.name, take(value))
  }
  return row
}

/** Takes a checked value over: absent is null, and of a struct only the declared fields. */
const takeOf = (type: Columns.ColumnType): ((value: unknown) => unknown) => {
  if (type.kind === "list") {
    const take = takeOf(type.element)
    if (type.element.kind !== "list" && type.element.kind !== "struct" && !type.element.nullable) return orNull
    return (value) =>
      value === null || value === undefined ? null : (value as ReadonlyArray<unknown>).map((inner) => take(inner))
  }
  if (type.kind === "struct") {
    const fields = type.fields.map(({ name, type: inner }) => ({ name, take: takeOf(inner) }))
    return (value) => {
      if (value === null || value === undefined) return null
      const struct: Record<string, unknown> = {}
      for (const { name, take } of fields) setOwn(struct, name, take(Columns.ownValue(value, name)))
      return struct
    }
  }
  return orNull
}

const orNull = (value: unknown): unknown => value ?? null

const flawOf = (column: Columns.Column, value: unknown, mismatch: Columns.Mismatch): RowFlaw => {
  const reason = rejectReason(column, value)
  const found = reason === "invalid UTF-8" ? "bytes that are not UTF-8" : mismatch.found
  return new RowFlaw(reason, found, mismatch.wanted, mismatch.column)
}

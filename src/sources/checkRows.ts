import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import * as Columns from "../Columns.ts"
import { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { type FoundRow, type FoundRows, RowFlaw } from "./FoundRows.ts"
import { rejectReason } from "./rejectReason.ts"
import { SourceError } from "./SourceError.ts"

/** What every source can be told. */
export interface SourceOptions {
  /**
   * The largest share of the rows read that may be rejected; above it the stream fails. Looked at from the 200th row on and at
   * the end. Default 0.05.
   */
  readonly maxRejectShare?: number
  /** Rows in a batch at most. Default 512. */
  readonly batchSize?: number
}

/** Rows that have to be read before a share of rejects means something. */
const nBeforeShare = 200

/**
 * Checks the rows of a source against its columns, and cuts them into batches.
 *
 * A row keeps the declared columns, in their order, and nothing else; an absent nullable one becomes null. A row that does not
 * fit is rejected with file, place, column, found and wanted, and counted. When the share of such rows passes the limit, the
 * stream fails with the first of them. One pull of `found` is in memory; batches never span two.
 */
export const checkRows = <const F extends Schema.Struct.Fields>(
  key: string,
  fields: F,
  options: SourceOptions,
  found: Stream.Stream<FoundRows, SourceError>
): Stream.Stream<Batch.Batch<RowOf<F>>, SourceError, Run> => {
  const readers = Columns.fromFields(fields).map(readerOf)
  const batchSize = options.batchSize ?? Batch.defaultSize
  const maxRejectShare = options.maxRejectShare ?? 0.05
  return Stream.unwrap(
    Effect.gen(function* () {
      const run = yield* Run
      const counts = run.progress.stage(key)
      let index = 0
      let nRead = 0
      let nRejected = 0
      let first: SourceError | undefined

      const reject = (from: FoundRows, i: number, flaw: RowFlaw): void => {
        const { file, unit } = from
        const place = `${unit} ${from.numbers[i]}`
        const problem = new SourceError({ file, place, column: flaw.column, found: flaw.found, wanted: flaw.wanted })
        first ??= problem
        nRejected++
        counts.rejected++
        run.rejects.add({ id: `${file}:${from.numbers[i]}`, stage: key, reason: flaw.reason, detail: problem.message })
      }

      const tooMany = (): SourceError | undefined =>
        first !== undefined && nRejected > maxRejectShare * nRead
          ? new SourceError({
              file: first.file,
              place: first.place,
              column: first.column,
              found: `${nRejected} bad rows in ${nRead}, the first with ${first.found}`,
              wanted: `${first.wanted}; to accept more than ${Number((maxRejectShare * 100).toPrecision(6))} % of bad rows, raise the option "maxRejectShare"`
            })
          : undefined

      const check = (from: FoundRows): Effect.Effect<ReadonlyArray<Batch.Batch<RowOf<F>>>, SourceError> =>
        Effect.suspend(() => {
          const batches: Array<Batch.Batch<RowOf<F>>> = []
          let rows: Array<RowOf<F>> = []
          for (let i = 0; i < from.rows.length; i++) {
            const row = checkRow(readers, from.rows[i]!)
            nRead++
            counts.rowsIn++
            if (row instanceof RowFlaw) {
              reject(from, i, row)
            } else {
              counts.rowsOut++
              // The row was built from the columns of the fields, and each value was checked.
              rows.push(row as RowOf<F>)
            }
            if (nRead >= nBeforeShare && nRejected > maxRejectShare * nRead) return Effect.fail(tooMany()!)
            if (rows.length === batchSize) {
              batches.push({ index: index++, rows })
              rows = []
            }
          }
          if (rows.length > 0) batches.push({ index: index++, rows })
          return Effect.succeed(batches)
        })

      const checkEnd = Effect.suspend(() => {
        const error = tooMany()
        return error === undefined ? Effect.void : Effect.fail(error)
      })

      return found.pipe(
        Stream.mapEffect(check),
        Stream.flattenIterable,
        Stream.concat(Stream.fromEffectDrain(checkEnd))
      )
    })
  )
}

interface ColumnReader {
  readonly column: Columns.Column
  readonly inherited: boolean
  readonly take: (value: unknown) => unknown
}

const readerOf = (column: Columns.Column): ColumnReader => ({
  column,
  // A name such as "constructor" is found in every object unless one looks closer.
  inherited: column.name in Object.prototype,
  take: takeOf(column.type)
})

const checkRow = (readers: ReadonlyArray<ColumnReader>, found: FoundRow | RowFlaw): FoundRow | RowFlaw => {
  if (found instanceof RowFlaw) return found
  const row: Record<string, unknown> = {}
  for (const { column, inherited, take } of readers) {
    const { name } = column
    const value = inherited && !Object.hasOwn(found, name) ? undefined : found[name]
    const mismatch = Columns.mismatch(column, value)
    if (mismatch !== undefined) return flawOf(column, value, mismatch)
    row[name] = take(value)
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
    const fields = type.fields.map((field) => ({ name: field.name, take: takeOf(field.type) }))
    return (value) => {
      if (value === null || value === undefined) return null
      const struct: Record<string, unknown> = {}
      for (const { name, take } of fields) struct[name] = take((value as Record<string, unknown>)[name])
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

import type * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import * as Columns from "../Columns.ts"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { absentRemedy } from "./absentRemedy.ts"
import { type ArrowFile, arrowFailure, loadArrow, openArrow } from "./ArrowFile.ts"
import { arrowName, arrowReader, arrowType } from "./ArrowTypes.ts"
import { checkRows } from "./checkRows.ts"
import { canHold } from "./FileType.ts"
import type { FoundRow, FoundRows } from "./FoundRows.ts"
import type { SourceOptions } from "./makeRows.ts"
import { setOwn } from "./setOwn.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { type Paths, type SourceFile, sourceFiles } from "./sourceFiles.ts"
import { sourceStep } from "./sourceStep.ts"

/**
 * Reads Arrow IPC files and streams (`.arrow`, `.feather`), as `datasets` and `pyarrow` write them.
 *
 * Memory is one record batch, whose rows become values as they are asked for; undeclared columns never do. Bodies compressed with
 * ZSTD are read; for LZ4 a codec has to be registered with `apache-arrow`. A 64-bit integer that no number holds exactly, text
 * that is not UTF-8 and null in a column without null are bad rows; the id of a reject is `file:row`, counted from 1. Dates, times and
 * decimals are read as `storedReader` says.
 */
export const arrow = <const F extends Schema.Struct.Fields>(
  paths: Paths,
  fields: F,
  options: SourceOptions = {}
): Pipeline.Pipeline<RowOf<F>, SourceError, Run> => {
  const columns = Columns.fromFields(fields)
  const batchSize = options.batchSize ?? Batch.defaultSize
  const batches = Stream.unwrap(
    Effect.gen(function* () {
      const run = yield* Run
      const files = yield* sourceFiles(paths)
      const module = yield* loadArrow
      const nRows = yield* Effect.forEach(files, (file) => Effect.scoped(checkFile(file, columns, module)))
      run.progress.totalRows = nRows.reduce((sum, n) => sum + n, 0)
      const found = Stream.fromIterable(files).pipe(
        Stream.flatMap((file) => arrowRows(file, columns, batchSize, module))
      )
      return checkRows("arrow", fields, options, found)
    })
  )
  return Pipeline.make([sourceStep("arrow", paths, fields, options)], fields, batches)
}

const checkFile = (file: SourceFile, columns: ReadonlyArray<Columns.Column>, module: typeof Arrow) =>
  Effect.gen(function* () {
    const open = yield* openArrow(file)
    yield* checkSchema(open, columns, module)
    return open.nRows
  })

/** Fails when a declared column is missing from the schema of a file or cannot fit. */
const checkSchema = (
  { file, schema }: ArrowFile,
  columns: ReadonlyArray<Columns.Column>,
  module: typeof Arrow
): Effect.Effect<void, SourceError> =>
  Effect.forEach(
    columns,
    ({ name, type }) => {
      const nodes = schema.fields.filter((field) => arrowName(field) === name)
      const wanted = Columns.wanted(type)
      if (nodes.length !== 1) {
        const found =
          nodes.length === 0
            ? `the columns ${schema.fields.map(arrowName).join(", ")}`
            : `${nodes.length} columns of this name`
        const remedy = nodes.length === 0 ? absentRemedy(name) : ""
        return Effect.fail(sourceError(file.name, found, `a column of type ${wanted}${remedy}`, { column: name }))
      }
      return canHold(arrowType(nodes[0]!, module), type)
        ? Effect.void
        : Effect.fail(sourceError(file.name, `the type ${String(nodes[0]!.type)}`, wanted, { column: name }))
    },
    { discard: true }
  )

/** Finds the rows of an Arrow file, some at a time; fails when a column is missing or cannot fit. */
export const arrowRows = (
  file: SourceFile,
  columns: ReadonlyArray<Columns.Column>,
  size: number,
  module: typeof Arrow
): Stream.Stream<FoundRows, SourceError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const open = yield* openArrow(file)
      yield* checkSchema(open, columns, module)
      const slots = columns.map(({ name, type }) => ({
        name,
        type,
        index: open.schema.fields.findIndex((field) => arrowName(field) === name)
      }))
      let nRead = 0
      let nBatches = 0
      return Stream.unfold(undefined, () =>
        Effect.map(open.next, (batch) => (batch === undefined ? undefined : ([batch, undefined] as const)))
      ).pipe(
        Stream.flatMap((batch) => {
          const first = nRead
          nRead += batch.numRows
          return batchRows(file, batch, slots, first, `record batch ${++nBatches}`, size, module)
        })
      )
    })
  )

/** Makes rows of one record batch, some at a time; `first` is the number of rows before it. */
const batchRows = (
  file: SourceFile,
  batch: Arrow.RecordBatch,
  slots: ReadonlyArray<Columns.Column & { readonly index: number }>,
  first: number,
  place: string,
  size: number,
  module: typeof Arrow
): Stream.Stream<FoundRows, SourceError> => {
  const attempt = <A>(make: () => A) => Effect.try({ try: make, catch: (cause) => arrowFailure(file, cause, place) })
  return Stream.unwrap(
    Effect.map(
      attempt(() =>
        slots.map(({ index, name, type }) => ({
          name,
          read: arrowReader(batch.data.children[index]!, batch.numRows, type, module)
        }))
      ),
      (readers) =>
        Stream.unfold(0, (from) =>
          attempt(() => {
            const to = Math.min(batch.numRows, from + size)
            if (from >= to) return undefined
            const rows: Array<FoundRow> = []
            const numbers: Array<number> = []
            for (let i = from; i < to; i++) {
              const row: Record<string, unknown> = {}
              for (const { name, read } of readers) setOwn(row, name, read(i))
              rows.push(row)
              numbers.push(first + i + 1)
            }
            return [{ file: file.name, unit: "row", rows, numbers }, to] as const
          })
        )
    )
  )
}

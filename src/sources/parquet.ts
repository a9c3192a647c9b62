import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import * as Columns from "../Columns.ts"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { absentRemedy } from "./absentRemedy.ts"
import { checkRows } from "./checkRows.ts"
import { canHold } from "./FileType.ts"
import type { FoundRow, FoundRows } from "./FoundRows.ts"
import { hubShards } from "./hubShards.ts"
import type { SourceOptions } from "./makeRows.ts"
import { openParquet, type ParquetFile } from "./ParquetFile.ts"
import { parquetReader, parquetType, parquetTypeName } from "./ParquetTypes.ts"
import { setOwn } from "./setOwn.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { type Paths, type SourceFile, sourceFiles } from "./sourceFiles.ts"
import { sourceStep } from "./sourceStep.ts"

/** What a Parquet source can be told. */
export interface ParquetOptions extends SourceOptions {
  /** The split to read of a folder, such as "train". Default: the only one there is. */
  readonly split?: string
}

/**
 * Reads Parquet files: one, several, a glob, or a folder of shards laid out as on the hub, such as a run leaves; see `hubShards`.
 *
 * Only the declared columns are read, one row group at a time; memory is one row group of them. All footers are looked at first,
 * so that a column which is missing or cannot fit fails before the first row. Snappy, gzip, zstd, Brotli and uncompressed files
 * are read, and the lists of early writers without annotation. A 64-bit integer that no number holds exactly, text that is not
 * UTF-8 and null in a column without null are bad rows; the id of a reject is `file:row`, counted from 1. A field `__proto__` inside
 * a column, which the library would lose, fails as a type that cannot fit does. Dates, times
 * and decimals are read as `storedReader` says.
 */
export const parquet = <const F extends Schema.Struct.Fields>(
  paths: Paths,
  fields: F,
  options: ParquetOptions = {}
): Pipeline.Pipeline<RowOf<F>, SourceError, Run> => {
  const columns = Columns.fromFields(fields)
  const batchSize = options.batchSize ?? Batch.defaultSize
  const batches = Stream.unwrap(
    Effect.gen(function* () {
      const run = yield* Run
      const files = yield* sourceFiles(paths, (folder) => hubShards(folder, options.split))
      const nRows = yield* Effect.forEach(files, (file) => Effect.scoped(checkFile(file, columns)))
      run.progress.totalRows = nRows.reduce((sum, n) => sum + n, 0)
      const found = Stream.fromIterable(files).pipe(Stream.flatMap((file) => parquetRows(file, columns, batchSize)))
      return checkRows("parquet", fields, options, found)
    })
  )
  return Pipeline.make([sourceStep("parquet", paths, fields, options)], fields, batches)
}

const checkFile = (file: SourceFile, columns: ReadonlyArray<Columns.Column>) =>
  Effect.gen(function* () {
    const open = yield* openParquet(file)
    yield* readersOf(open, columns)
    return open.starts.at(-1)!
  })

interface ColumnReader {
  readonly name: string
  readonly read: (value: unknown) => unknown
}

/** Finds the declared columns in the schema of a file; fails when one is missing or cannot fit. */
const readersOf = (
  { file, schema }: ParquetFile,
  columns: ReadonlyArray<Columns.Column>
): Effect.Effect<ReadonlyArray<ColumnReader>, SourceError> =>
  Effect.forEach(columns, ({ name, type }) => {
    const nodes = schema.children.filter((child) => child.element.name === name)
    const wanted = Columns.wanted(type)
    if (nodes.length !== 1) {
      const found =
        nodes.length === 0
          ? `the columns ${schema.children.map((child) => child.element.name).join(", ")}`
          : `${nodes.length} columns of this name`
      const remedy = nodes.length === 0 ? absentRemedy(name) : ""
      return Effect.fail(sourceError(file.name, found, `a column of type ${wanted}${remedy}`, { column: name }))
    }
    if (losesField(type)) {
      const found = 'a field "__proto__", which the reader of Parquet loses'
      return Effect.fail(sourceError(file.name, found, "another name; rename the field", { column: name }))
    }
    const fileType = parquetType(nodes[0]!)
    return canHold(fileType, type)
      ? Effect.succeed({ name, read: parquetReader(fileType, type) })
      : Effect.fail(sourceError(file.name, `the type ${parquetTypeName(nodes[0]!)}`, wanted, { column: name }))
  })

/** Whether there is a struct inside with a field that `hyparquet` puts into objects as their prototype. */
const losesField = (type: Columns.ColumnType): boolean =>
  type.kind === "list"
    ? losesField(type.element)
    : type.kind === "struct" && type.fields.some((field) => field.name === "__proto__" || losesField(field.type))

/** Finds the rows of a Parquet file, some at a time; fails when a column is missing or cannot fit. */
export const parquetRows = (
  file: SourceFile,
  columns: ReadonlyArray<Columns.Column>,
  size: number
): Stream.Stream<FoundRows, SourceError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const open = yield* openParquet(file)
      const readers = yield* readersOf(open, columns)
      const read = (group: number) =>
        Effect.gen(function* () {
          const values = yield* Effect.forEach(readers, ({ name }) => open.readColumn(group, name))
          const slots = readers.map(({ name, read: readValue }, i) => ({ name, read: readValue, values: values[i]! }))
          return groupRows(file.name, slots, open.starts[group]!, open.starts[group + 1]!, size)
        })
      return Stream.range(0, open.metadata.row_groups.length - 1).pipe(
        Stream.rechunk(1),
        Stream.flatMap((group) => Stream.unwrap(read(group)))
      )
    })
  )

interface ColumnValues extends ColumnReader {
  readonly values: ArrayLike<unknown>
}

/** Makes rows of the columns of one row group, some at a time; `first` and `end` are its rows in the file. */
const groupRows = (
  file: string,
  columns: ReadonlyArray<ColumnValues>,
  first: number,
  end: number,
  size: number
): Stream.Stream<FoundRows> =>
  Stream.unfold(first, (from) =>
    Effect.sync(() => {
      if (from >= end) return undefined
      const to = Math.min(end, from + size)
      const rows: Array<FoundRow> = []
      const numbers: Array<number> = []
      for (let i = from; i < to; i++) {
        const row: Record<string, unknown> = {}
        for (const { name, read, values } of columns) setOwn(row, name, read(values[i - first]))
        rows.push(row)
        numbers.push(i + 1)
      }
      return [{ file, unit: "row", rows, numbers }, to] as const
    })
  )

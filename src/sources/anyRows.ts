import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import type * as Columns from "../Columns.ts"
import { loadArrow } from "./ArrowFile.ts"
import { arrowRows } from "./arrow.ts"
import { csvRows } from "./csv.ts"
import type { FoundRows } from "./FoundRows.ts"
import type { Inspection } from "./Inspection.ts"
import { rowLimit } from "./jsonRow.ts"
import { parquetRows } from "./parquet.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { splitElements } from "./splitElements.ts"
import { splitLines } from "./splitLines.ts"
import { textRows } from "./textRows.ts"

/**
 * Finds the rows of inspected files of any format, one file after the other, with the columns of these names.
 *
 * Of Parquet, Arrow and CSV only these columns are read, and a file without one of them fails; objects of JSON come as they are.
 * Cells of CSV are text. Any value may be null, and nothing is checked. Memory is one row group, record batch or chunk of text.
 */
export const anyRows = (
  files: ReadonlyArray<Inspection>,
  names: ReadonlyArray<string>
): Stream.Stream<FoundRows, SourceError> =>
  Stream.fromIterable(files).pipe(Stream.flatMap((file) => Stream.unwrap(rowsOf(file, names))))

const rowsOf = (
  inspection: Inspection,
  names: ReadonlyArray<string>
): Effect.Effect<Stream.Stream<FoundRows, SourceError>, SourceError> =>
  Effect.gen(function* () {
    const { file: name, bytes, format } = inspection
    const file = { name, bytes }
    switch (format) {
      case "jsonl":
        return textRows([name], "JSON Lines", {}, splitLines)
      case "json":
        return textRows([name], "a JSON array", {}, splitElements)
      case "csv":
        return csvRows(
          file,
          names.map((column) => ({ name: column, type: { kind: "string", nullable: false } })),
          rowLimit(undefined)
        )
      case "parquet":
        return parquetRows(file, yield* columnsOf(inspection, names), Batch.defaultSize)
      default:
        return arrowRows(file, yield* columnsOf(inspection, names), Batch.defaultSize, yield* loadArrow)
    }
  })

const columnsOf = (
  { columns, file }: Inspection,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Columns.Column>, SourceError> =>
  Effect.forEach(names, (name) => {
    const column = columns.find((candidate) => candidate.name === name)
    if (column === undefined) {
      const found = `the columns ${columns.map((candidate) => candidate.name).join(", ")}`
      return Effect.fail(sourceError(file, found, "this column too", { column: name }))
    }
    return column.columnType === null
      ? Effect.fail(sourceError(file, `the type ${column.type}`, "texts, numbers, lists or structs", { column: name }))
      : Effect.succeed({ name, type: { ...column.columnType, nullable: true } })
  })

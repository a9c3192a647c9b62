import * as Stream from "effect/Stream"
import type { Holding } from "../formats/Format.ts"
import type { SeenColumn } from "../formats/VoteColumns.ts"
import { anyRows } from "../sources/anyRows.ts"
import { csvRows } from "../sources/csv.ts"
import type { FoundRows } from "../sources/FoundRows.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { rowLimit } from "../sources/jsonRow.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { type RowsOf, rowsOfSplits } from "./SplitColumn.ts"

const textParts = new Set(["prompt", "chosen", "rejected", "candidates", "id", "candidateIds", "models", "tools"])

/**
 * The rows of the files that are meant, with all columns that a holding has. Cells of CSV are read as what their column is taken for.
 *
 * `of` are the columns as they were taken. Memory is one row group, record batch or chunk of text.
 */
export const formatRows = (
  files: ReadonlyArray<Inspection>,
  of: ReadonlyArray<SeenColumn>,
  { extra, parts }: Holding,
  only: RowsOf = null
): Stream.Stream<FoundRows, SourceError> => {
  const held = [...parts.map(({ column }) => column), ...extra.map(({ name }) => name)]
  const names = [...new Set([...held, ...(only === null ? [] : [only.column])])]
  const texts = new Set(parts.filter(({ part }) => textParts.has(part)).map(({ column }) => column))
  const types = new Map(of.map(({ columnType, name }) => [name, columnType]))
  const all = Stream.fromIterable(files).pipe(
    Stream.flatMap((file) => {
      if (file.format !== "csv") return anyRows([file], names)
      const columns = names.map((name) => {
        const type = types.get(name)
        const isText = texts.has(name) || type === undefined || type === null
        return { name, type: isText ? ({ kind: "string", nullable: false } as const) : { ...type, nullable: true } }
      })
      return csvRows({ name: file.file, bytes: file.bytes }, columns, rowLimit(undefined))
    })
  )
  return only === null ? all : Stream.map(all, (found) => rowsOfSplits(only, found))
}

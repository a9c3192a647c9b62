import { isUtf8 } from "node:buffer"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Columns from "../Columns.ts"
import * as Pipeline from "../Pipeline.ts"
import type { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { absentRemedy } from "./absentRemedy.ts"
import { byteChunks } from "./byteChunks.ts"
import { checkRows } from "./checkRows.ts"
import { cellValue } from "./CsvCells.ts"
import { type CsvRecord, csvRecords, isBlank } from "./csvRecords.ts"
import { type FoundRow, type FoundRows, RowFlaw } from "./FoundRows.ts"
import { invalidText } from "./rejectReason.ts"
import { rowLimit, tooLong } from "./jsonRow.ts"
import { setOwn } from "./setOwn.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { type Paths, type SourceFile, sourceFiles } from "./sourceFiles.ts"
import { sourceStep } from "./sourceStep.ts"
import type { TextOptions } from "./textRows.ts"

/**
 * Reads comma-separated text with a header line, plain or compressed (`.gz`, `.zst`).
 *
 * A cell is text; in an int, float or boolean column it is parsed strictly, see `cellValue`. An empty cell is null where the
 * column is nullable, and the empty string otherwise. Empty lines are skipped before the header, and behind it when there is more
 * than one column. A row with more or fewer cells than the header is rejected; the id of a reject is `file:line`. Quotes follow RFC
 * 4180, and a file that breaks it fails, because nobody can say where its rows end; so does a missing or repeated column, a header
 * parted by other signs than commas, and a cell above `maxRowBytes`.
 */
export const csv = <const F extends Schema.Struct.Fields>(
  paths: Paths,
  fields: F,
  options: TextOptions = {}
): Pipeline.Pipeline<RowOf<F>, SourceError, Run> => {
  const columns = Columns.fromFields(fields)
  const limit = rowLimit(options.maxRowBytes)
  const found = Stream.fromIterableEffect(sourceFiles(paths)).pipe(
    Stream.flatMap((file) => csvRows(file, columns, limit))
  )
  return Pipeline.make([sourceStep("csv", paths, fields, options)], fields, checkRows("csv", fields, options, found))
}

/** Finds the rows of a CSV file; cells are read as values of `columns`, and those that do not fit stay text. */
export const csvRows = (
  file: SourceFile,
  columns: ReadonlyArray<Columns.Column>,
  limit: number
): Stream.Stream<FoundRows, SourceError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const parser = yield* csvRecords(file.name, limit)
      const reader = rowReader(file.name, columns, limit)
      return byteChunks(file, "CSV text").pipe(
        Stream.mapEffect((chunk) => Effect.flatMap(parser.push(chunk), reader.read)),
        Stream.concat(Stream.fromEffect(Effect.flatMap(parser.end, reader.read))),
        Stream.concat(Stream.fromEffectDrain(reader.end))
      )
    })
  )

/** Reads the header from the first record and makes rows of the others. */
const rowReader = (file: string, columns: ReadonlyArray<Columns.Column>, limit: number) => {
  let header: ReadonlyArray<string> | undefined
  let indices: ReadonlyArray<number> = []
  return {
    read: (records: ReadonlyArray<CsvRecord>): Effect.Effect<FoundRows, SourceError> =>
      Effect.gen(function* () {
        const rows: Array<FoundRow | RowFlaw> = []
        const numbers: Array<number> = []
        for (const record of records) {
          const { cells, line } = record
          if (header === undefined) {
            if (isBlank(record)) continue
            header = yield* readHeader(file, cells, line)
            indices = yield* columnIndices(file, header, columns, line)
            continue
          }
          if (header.length > 1 && isBlank(record)) continue
          rows.push(cells.length === header.length ? rowOf(cells, columns, indices, limit) : ragged(cells, header))
          numbers.push(line)
        }
        return { file, unit: "line", rows, numbers }
      }),
    end: Effect.suspend(() =>
      header === undefined
        ? Effect.fail(sourceError(file, "no header", "a line with the names of the columns"))
        : Effect.void
    )
  }
}

const ragged = (cells: ReadonlyArray<Buffer>, header: ReadonlyArray<string>) =>
  new RowFlaw(
    "wrong number of cells",
    `${cells.length} ${cells.length === 1 ? "cell" : "cells"}`,
    `${header.length}, as in the header`
  )

const rowOf = (
  cells: ReadonlyArray<Buffer>,
  columns: ReadonlyArray<Columns.Column>,
  indices: ReadonlyArray<number>,
  limit: number
): FoundRow | RowFlaw => {
  const nBytes = cells.reduce((sum, cell) => sum + cell.length, 0)
  if (nBytes > limit) return tooLong(nBytes, limit)
  const row: Record<string, unknown> = {}
  for (let i = 0; i < columns.length; i++) {
    const cell = cells[indices[i]!]!
    setOwn(row, columns[i]!.name, isUtf8(cell) ? cellValue(columns[i]!.type, cell.toString("utf8")) : invalidText)
  }
  return row
}

/** What parts cells in files that are no CSV of RFC 4180. */
const otherSigns: ReadonlyArray<readonly [sign: string, named: string]> = [
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "bars"]
]

/** Decodes the header on a line; fails when it is not UTF-8, names a column twice or is not parted by commas. */
export const readHeader = (
  file: string,
  cells: ReadonlyArray<Buffer>,
  line: number
): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  Effect.gen(function* () {
    const place = `line ${line}`
    if (!cells.every((cell) => isUtf8(cell))) {
      return yield* sourceError(file, "bytes that are not UTF-8", "a header in UTF-8", { place })
    }
    const header = cells.map((cell) => cell.toString("utf8"))
    if (header.some((name) => /\r(?!\n)/.test(name))) {
      const wanted = "line feeds, with a carriage return before them or not; save the file with such lines"
      return yield* sourceError(file, "carriage returns alone at the ends of lines", wanted, { place })
    }
    const other = header.length === 1 ? otherSigns.find(([sign]) => header[0]!.includes(sign)) : undefined
    if (other !== undefined) {
      const found = `${other[1]} between the names of the columns`
      return yield* sourceError(file, found, "commas; save the file as CSV with commas", { place })
    }
    const twice = header.find((name, i) => header.indexOf(name) !== i)
    if (twice !== undefined) {
      return yield* sourceError(file, "two columns of this name", "one", { place, column: twice })
    }
    return header
  })

const columnIndices = (
  file: string,
  header: ReadonlyArray<string>,
  columns: ReadonlyArray<Columns.Column>,
  line: number
) =>
  Effect.forEach(columns, ({ name, type }) => {
    const where = { place: `line ${line}`, column: name }
    const index = header.indexOf(name)
    if (index < 0) {
      return Effect.fail(
        sourceError(
          file,
          `the columns ${header.join(", ")}`,
          `a column of type ${Columns.wanted(type)}${absentRemedy(name)}`,
          where
        )
      )
    }
    return type.kind === "list" || type.kind === "struct"
      ? Effect.fail(sourceError(file, "text", Columns.wanted(type), where))
      : Effect.succeed(index)
  })

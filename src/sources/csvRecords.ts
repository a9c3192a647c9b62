import type { CsvError, Parser } from "csv-parse"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type SourceError, sourceError } from "./SourceError.ts"

/** The cells of one record, as bytes, and the number of the line it starts on. */
export interface CsvRecord {
  readonly cells: ReadonlyArray<Buffer>
  readonly line: number
}

/** Says whether a record is an empty line, or the one cell of a row that is empty. */
export const isBlank = ({ cells }: CsvRecord): boolean => cells.length === 1 && cells[0]!.length === 0

/** Takes the bytes of one file and gives the records that they complete. */
export interface CsvRecords {
  readonly push: (chunk: Buffer) => Effect.Effect<ReadonlyArray<CsvRecord>, SourceError>
  readonly end: Effect.Effect<ReadonlyArray<CsvRecord>, SourceError>
}

/**
 * Splits the bytes of a CSV file into records.
 *
 * Cells stay bytes, so that those which are not UTF-8 can be told. Rows end with `\n` or `\r\n`; a quote that RFC 4180 does not
 * allow is a `SourceError`, and so is a cell of more than `maxCellBytes`.
 */
export const csvRecords = (file: string, maxCellBytes: number): Effect.Effect<CsvRecords, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { Parser } = yield* Effect.promise(() => import("csv-parse"))
    let records: Array<CsvRecord> = []
    let line = 1
    const parser: Parser = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Parser({
            encoding: null,
            record_delimiter: ["\r\n", "\n"],
            relax_column_count: true,
            max_record_size: maxCellBytes,
            // Records are taken here and not from the stream, which therefore never has anything to hold back.
            on_record: (record) => {
              // With the encoding null the cells are buffers, which the types of csv-parse do not know.
              const cells = record as unknown as ReadonlyArray<Buffer>
              records.push({ cells, line })
              line += cells.reduce((sum, cell) => sum + countNewlines(cell), 1)
              return null
            }
          })
      ),
      (opened) => Effect.sync(() => opened.destroy())
    )
    let failure: CsvError | undefined
    parser.on("error", (error: CsvError) => {
      failure ??= error
    })
    const take = (resume: (effect: Effect.Effect<ReadonlyArray<CsvRecord>, SourceError>) => void) => () => {
      const taken = records
      records = []
      resume(failure === undefined ? Effect.succeed(taken) : Effect.fail(csvFailure(file, failure, line, maxCellBytes)))
    }
    return {
      push: (chunk: Buffer) =>
        Effect.callback<ReadonlyArray<CsvRecord>, SourceError>((resume) => {
          parser.write(chunk, take(resume))
        }),
      end: Effect.callback<ReadonlyArray<CsvRecord>, SourceError>((resume) => {
        parser.end(take(resume))
      })
    }
  })

const countNewlines = (cell: Buffer): number => {
  let n = 0
  for (let at = cell.indexOf(10); at >= 0; at = cell.indexOf(10, at + 1)) n++
  return n
}

const csvFailure = (file: string, error: CsvError, line: number, limit: number): SourceError => {
  const place = `line ${line}`
  switch (error.code as string) {
    case "CSV_INVALID_CLOSING_QUOTE":
      return sourceError(
        file,
        "text behind a closing quote",
        "a comma or the end of the row; a quote inside a cell is doubled",
        { place }
      )
    case "INVALID_OPENING_QUOTE":
      return sourceError(
        file,
        "a quote inside an unquoted cell",
        "the whole cell in quotes and the quote inside it doubled",
        { place }
      )
    case "CSV_QUOTE_NOT_CLOSED":
      return sourceError(file, "a quoted cell without an end", "a closing quote", { place })
    case "CSV_MAX_RECORD_SIZE":
      return sourceError(
        file,
        `a cell of more than ${limit} bytes`,
        'a closing quote before; to accept longer rows, raise the option "maxRowBytes"',
        { place }
      )
    default:
      return sourceError(file, `damaged CSV (${error.message})`, "CSV text", { place })
  }
}

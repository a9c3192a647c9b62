import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byteChunks } from "./byteChunks.ts"
import { type CsvRecord, csvRecords, isBlank } from "./csvRecords.ts"
import { readHeader } from "./csv.ts"
import { CellTally } from "./CellTally.ts"
import { columnTypeOf, type FileColumn, type FileType } from "./FileType.ts"
import { type FoundRow, RowFlaw } from "./FoundRows.ts"
import { inferColumns, inferredName } from "./inferType.ts"
import type { Inspection } from "./Inspection.ts"
import { defaultMaxRowBytes } from "./jsonRow.ts"
import { showValue } from "./showValue.ts"
import { SourceError, sourceError } from "./SourceError.ts"
import type { SourceFile } from "./sourceFiles.ts"
import { splitElements } from "./splitElements.ts"
import { splitLines, type TextSplitter } from "./splitLines.ts"

/** Rows from which columns are inferred. */
const nInferred = 100

interface TextRows {
  readonly columns: ReadonlyArray<FileColumn>
  readonly rows: ReadonlyArray<FoundRow>
  /** Whether there are no more rows. */
  readonly whole: boolean
}

/** Looks into JSON, JSON Lines or CSV, told apart by the name and, where that says nothing, by the first character. */
export const inspectText = (
  file: SourceFile,
  compression: "gzip" | "zstd" | null,
  nSample: number
): Effect.Effect<Inspection, SourceError> =>
  Effect.gen(function* () {
    const chunks = byteChunks(file, "text", compression)
    const format = formatOf(file.name, yield* firstCharacter(chunks))
    const { columns, rows, whole } = yield* format === "csv"
      ? firstRecords(file, chunks)
      : firstRows(file, chunks, (format === "json" ? splitElements : splitLines)(file.name, defaultMaxRowBytes))
    return {
      format,
      compression,
      file: file.name,
      bytes: file.bytes,
      columns: columns.map(({ name, type }) => ({ name, type: inferredName(type), columnType: columnTypeOf(type) })),
      inferredFrom: rows.length,
      nRows: whole ? rows.length : null,
      metadata: {},
      sample: rows.slice(0, nSample).map((row) => showValue(row) as FoundRow)
    }
  })

const firstCharacter = (chunks: Stream.Stream<Buffer, SourceError>) =>
  Effect.map(
    Stream.runCollect(Stream.take(chunks, 1)),
    ([chunk]) => chunk?.toString("latin1").trimStart().slice(0, 1) ?? ""
  )

const formatOf = (name: string, first: string): "jsonl" | "json" | "csv" => {
  const extension = /\.([a-z]+)(\.gz|\.zstd?)?$/i.exec(name)?.[1]?.toLowerCase()
  if (extension === "csv") return "csv"
  if (extension === "jsonl" || extension === "ndjson") return "jsonl"
  if (first === "[") return "json"
  return first === "{" ? "jsonl" : "csv"
}

const firstRows = (
  file: SourceFile,
  chunks: Stream.Stream<Buffer, SourceError>,
  { push, end }: TextSplitter
): Effect.Effect<TextRows, SourceError> =>
  Effect.gen(function* () {
    const found: Array<FoundRow | RowFlaw> = []
    const whole = yield* takeUntilFull(chunks, found, push, Effect.sync(end))
    const flaw = found.find((row) => row instanceof RowFlaw)
    const rows = found.filter(isRow).slice(0, nInferred)
    if (rows.length === 0 && flaw !== undefined)
      return yield* sourceError(file.name, flaw.found, flaw.wanted, { place: "the first rows" })
    return { columns: inferColumns(rows), rows, whole: whole && found.length <= nInferred && flaw === undefined }
  })

const isRow = (row: FoundRow | RowFlaw): row is FoundRow => !(row instanceof RowFlaw)

/** Pushes chunks until there are more rows than are wanted; says whether the end was reached. */
const takeUntilFull = (
  chunks: Stream.Stream<Buffer, SourceError>,
  into: Array<FoundRow | RowFlaw>,
  push: TextSplitter["push"],
  end: Effect.Effect<ReturnType<TextSplitter["end"]>>
): Effect.Effect<boolean, SourceError> =>
  Effect.gen(function* () {
    const add = (found: ReturnType<TextSplitter["push"]>) =>
      Effect.suspend(() => {
        if (found instanceof SourceError) return Effect.fail(found)
        into.push(...found.rows)
        return Effect.void
      })
    yield* Stream.runForEachWhile(chunks, (chunk) => Effect.map(add(push(chunk)), () => into.length <= nInferred))
    if (into.length > nInferred) return false
    yield* Effect.flatMap(end, add)
    return true
  })

const firstRecords = (
  file: SourceFile,
  chunks: Stream.Stream<Buffer, SourceError>
): Effect.Effect<TextRows, SourceError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const parser = yield* csvRecords(file.name, defaultMaxRowBytes)
      const cells: Array<ReadonlyArray<Buffer>> = []
      let headerLine = 1
      const add = (records: ReadonlyArray<CsvRecord>) => {
        for (const record of records) {
          // As the source does, which takes empty lines for cells where there is a single column.
          if (isBlank(record) && cells[0]?.length !== 1) continue
          if (cells.length === 0) headerLine = record.line
          cells.push(record.cells)
        }
      }
      yield* Stream.runForEachWhile(chunks, (chunk) =>
        Effect.map(parser.push(chunk), (records) => {
          add(records)
          return cells.length <= nInferred + 1
        })
      )
      const whole = cells.length <= nInferred + 1
      if (whole) add(yield* parser.end)
      const header = yield* readHeader(file.name, cells[0] ?? [], headerLine)
      const rows = cells.slice(1, nInferred + 1).map((record) => {
        const texts = record.map((cell) => cell.toString("utf8"))
        return Object.fromEntries(header.map((name, i) => [name, texts[i] ?? ""]))
      })
      const columns = header.map((name) => ({ name, type: cellType(rows.map((row) => row[name] ?? "")) }))
      return { columns, rows, whole: whole && cells.length <= nInferred + 1 }
    })
  )

/** The narrowest type that every cell of a column can be read as; empty cells make it nullable unless it is text. */
const cellType = (cells: ReadonlyArray<string>): FileType => {
  const tally = new CellTally()
  for (const cell of cells) tally.add(cell)
  const { hasEmpty, kind } = tally
  return { kind, nullable: hasEmpty && kind !== "string" }
}

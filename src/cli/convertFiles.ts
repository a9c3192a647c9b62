import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Columns from "../Columns.ts"
import { type ColumnFates, columnFates } from "../formats/columnFates.ts"
import { type Format, FormatFlaw, isRefusal, type Row, type Writer } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { lossNotices } from "../formats/lossNotices.ts"
import { movesTexts } from "../formats/movesTexts.ts"
import type { Reject } from "../Rejects.ts"
import { Run } from "../Run.ts"
import { arrowFormat } from "../sinks/arrow.ts"
import { jsonlFormat } from "../sinks/jsonl.ts"
import { parquet, parquetFormat } from "../sinks/parquet.ts"
import { plainText } from "../sinks/plainText.ts"
import type { RowFormat } from "../sinks/RowWriter.ts"
import { cannotWrite } from "../sinks/SinkError.ts"
import { syncFolder, WholeFile } from "../sinks/WholeFile.ts"
import { writeText } from "../sinks/writeText.ts"
import { rejectReason } from "../sources/rejectReason.ts"
import { ConvertError } from "./ConvertError.ts"
import { type InputRequest, openInput, type Taken } from "./ConvertInput.ts"
import { convertLines } from "./convertLines.ts"
import { LinePlans } from "./LinePlans.ts"
import { printable } from "./printable.ts"
import type { Reading } from "./showReading.ts"
import { printNotice } from "./StandardOutput.ts"

/** What to convert, into what, and where to. */
export interface ConvertRequest extends InputRequest {
  readonly to: string
  /** A file, whose ending says of which type it is, or a folder. */
  readonly out: string
}

/** What a conversion came to. */
export interface Converted extends ColumnFates {
  readonly from: string
  readonly said: string
  readonly to: string
  /** The files written, from the working directory: the data first. */
  readonly files: ReadonlyArray<string>
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rejected: number
  /** Rejected rows by reason, the most frequent first. */
  readonly reasons: ReadonlyArray<readonly [string, number]>
  readonly remarks: ReadonlyArray<readonly [string, number]>
  readonly notes: ReadonlyArray<string>
  readonly bytes: number
}

/** The stage under which rows that cannot be converted are filed. */
const stage = "convert"

/**
 * Converts files of preference data from one format to another, row by row, and writes one data file.
 *
 * Rows that cannot be read or written go to `<name>.rejects.parquet` beside the data file, with reason and place; the file is there only when
 * there are such rows. Fails when formats exclude each other and when no row is left. `reading` is kept up to date. Memory is a chunk of
 * the input and what the output format holds.
 */
export const convertFiles = Effect.fnUntraced(function* (request: ConvertRequest, reading: Reading) {
  const format = formats.find(({ name }) => name === request.to)
  if (format === undefined) {
    const listed = formats.map(({ name }) => name).join(", ")
    return yield* cannotConvert(`--to ${request.to}`, "the name of a format", `take one of ${listed}`)
  }
  const target = yield* targetOf(request.out, format)
  const run = { ...(yield* Run), folder: target.folder }
  return yield* Effect.provideService(convertInto(target, format, request, reading), Run, run)
})

const convertInto = Effect.fnUntraced(function* (
  target: ConvertTarget,
  format: Format,
  request: ConvertRequest,
  reading: Reading
) {
  const input = yield* openInput(request)
  const writer = format.writer(input.holding)
  if (isRefusal(writer)) {
    return yield* cannotConvert(`${writer.found} in ${input.format}`, writer.wanted, "choose another format with --to")
  }
  const run = yield* Run
  const { columns, rowFormat } = yield* outputOf(target, format, writer)
  const companion = yield* companionOf(target, format, writer)
  for (const said of lossNotices(format.name, columnFates(input.holding, writer))) yield* printNotice(printable(said))
  reading.what = `Converting ${input.format} to ${format.name}`
  reading.totalRows = input.nRows
  let rowsOut = 0
  const where = { sink: stage, path: target.name }
  const file = yield* WholeFile.open(where)
  const output = yield* rowFormat.open(columns, file)
  const refuse = (place: { readonly file: string; readonly place: string }, flaw: FormatFlaw) =>
    run.rejects.add(rejectOf(place, flaw))
  const flawOf = format.onlyJsonLines === true ? surrogateFlaw : (row: Row) => columnFlaw(columns, row)

  const takeAll = Effect.fnUntraced(function* (taken: ReadonlyArray<Taken>) {
    for (const one of taken) {
      reading.nRows += one.nRows ?? 1
      const rows: Array<Row> = []
      const { record } = one
      const flaw = record instanceof FormatFlaw ? record : (writer.write(record, rows) ?? firstFlaw(rows, flawOf))
      if (flaw !== undefined) {
        refuse(one, flaw)
        continue
      }
      rowsOut += rows.length
      for (const row of rows) if (output.add(row)) yield* output.flush
    }
  })
  const lines = target.name.endsWith(".parquet") ? input.lines : undefined
  const moves = lines === undefined ? null : movesTexts(input.format, lines.reader, format.name, writer)
  if (lines === undefined || moves === null) yield* Stream.runForEach(input.records, takeAll)
  else {
    const { files: lineFiles, reader } = lines
    const plans = new LinePlans(moves, { reader, writer, columns })
    const count = (nLines: number, nRows: number) => {
      reading.nRows += nLines
      rowsOut += nRows
    }
    for (const one of lineFiles) yield* convertLines(one, plans, reader, output, count, (taken) => takeAll([taken]))
  }
  const counts = new Map([...run.rejects.counts(stage), ...run.rejects.counts("votes")])
  const rejected = [...counts.values()].reduce((sum, n) => sum + n, 0)
  const rowsIn = reading.nRows + [...run.rejects.counts("votes").values()].reduce((sum, n) => sum + n, 0)
  if (rowsOut === 0) {
    const [first] = run.rejects.entries()
    const why =
      first === undefined ? "no rows" : `${rowsIn} rows that were all rejected, the first because ${first.detail}`
    return yield* cannotConvert(why, "rows", "check --from, --to and the columns")
  }
  yield* output.finish
  const written = yield* Effect.try({
    try: () => {
      file.seal()
      const published = file.publish(rowsOut)
      syncFolder(file.folder)
      return published
    },
    catch: (cause) => cannotWrite(where, cause)
  })
  if (companion !== null) yield* writeText(companion.place, companion.text)
  const rejects = yield* writeRejected(target, rejected)
  return {
    ...columnFates(input.holding, writer),
    from: input.format,
    said: input.said,
    to: format.name,
    files: [target.name, ...(companion === null ? [] : [companion.place]), ...rejects].map((name) =>
      path.join(target.shown, name)
    ),
    rowsIn,
    rowsOut,
    rejected,
    reasons: [...counts].toSorted(([, a], [, b]) => b - a),
    remarks: [...(input.remarks ?? []), ...(writer.remarks ?? [])],
    notes: writer.notes,
    bytes: written.bytes
  } satisfies Converted
})

const cannotConvert = (found: string, wanted: string, remedy: string) =>
  new ConvertError({ what: "convert", found, wanted, remedy })

/** Where the data file goes: its folder as the user wrote it, its name in there, and the folder as a path. */
export interface ConvertTarget {
  readonly folder: string
  readonly shown: string
  readonly name: string
}

const endings = /\.(parquet|arrow|json|csv|jsonl(\.gz|\.zst)?)$/

/** A path with the ending of a data file is one; any other is a folder, in which the file has the name that readers of the format expect. */
const targetOf = (out: string, format: Format): Effect.Effect<ConvertTarget, ConvertError> => {
  const isFolder = fs.statSync(out, { throwIfNoEntry: false })?.isDirectory() === true
  if (!isFolder && endings.test(out)) {
    return Effect.succeed({
      folder: path.resolve(path.dirname(out)),
      shown: path.dirname(out),
      name: path.basename(out)
    })
  }
  if (!isFolder && path.extname(out) !== "") {
    const wanted = "a file that ends in .parquet, .jsonl, .jsonl.gz, .jsonl.zst, .json, .arrow or .csv, or a folder"
    return Effect.fail(cannotConvert(`--out ${out}`, wanted, "choose one of these endings"))
  }
  const name = format.extension === ".parquet" ? "data/train-00000-of-00001.parquet" : "train.jsonl"
  return Effect.succeed({ folder: path.resolve(out), shown: out, name })
}

/** How the target of a conversion is written, and the columns as they are checked for it. */
const outputOf = Effect.fnUntraced(function* (
  { name }: ConvertTarget,
  format: Format,
  writer: Writer
): Effect.fn.Return<{ readonly rowFormat: RowFormat; readonly columns: ReadonlyArray<Columns.Column> }, ConvertError> {
  if (format.onlyJsonLines === true) {
    if (!name.endsWith(".jsonl")) {
      return yield* cannotConvert(
        `--out ${name}`,
        `a file that ends in .jsonl: ${format.name} is JSON Lines alone`,
        "change the ending"
      )
    }
    return { rowFormat: plainText("free"), columns: writer.columns }
  }
  const rowFormat = name.endsWith(".parquet")
    ? parquetFormat()
    : name.endsWith(".arrow")
      ? arrowFormat
      : name.endsWith(".json")
        ? plainText("json")
        : name.endsWith(".csv")
          ? plainText("csv")
          : jsonlFormat(name)
  const columns = yield* Effect.try({
    try: () => rowFormat.strictest(writer.columns),
    catch: (cause) =>
      cannotConvert(
        cause instanceof Error ? cause.message : String(cause),
        "columns that the file type holds",
        "choose another ending"
      )
  })
  return { rowFormat, columns }
})

const firstFlaw = (rows: ReadonlyArray<Row>, flawOf: (row: Row) => FormatFlaw | undefined): FormatFlaw | undefined => {
  for (const row of rows) {
    const flaw = flawOf(row)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

const columnFlaw = (columns: ReadonlyArray<Columns.Column>, row: Row): FormatFlaw | undefined => {
  for (const column of columns) {
    const value = row[column.name]
    const found = Columns.mismatch(column, value)
    if (found !== undefined) return new FormatFlaw(rejectReason(column, value), found.column, found.found, found.wanted)
  }
  return undefined
}

/** Says where a value holds half a character, which no reader of JSON takes. */
const surrogateFlaw = (row: Row): FormatFlaw | undefined => {
  const isWhole = (value: unknown): boolean =>
    typeof value === "string"
      ? value.isWellFormed()
      : typeof value !== "object" || value === null || Object.values(value).every(isWhole)
  const column = Object.keys(row).find((name) => !isWhole(row[name]))
  return column === undefined
    ? undefined
    : new FormatFlaw("lone surrogate", column, "a lone surrogate", "well-formed Unicode text")
}

const rejectOf = ({ file, place }: { readonly file: string; readonly place: string }, flaw: FormatFlaw): Reject => {
  const at = flaw.column === null ? "" : `, column "${flaw.column}"`
  return {
    id: `${file}:${place.replace(/^\D+/, "")}`,
    stage,
    reason: flaw.reason,
    detail: `Cannot convert ${place} of "${file}"${at}: found ${flaw.found}, expected ${flaw.wanted}`
  }
}

const companionOf = Effect.fnUntraced(function* ({ folder, name }: ConvertTarget, format: Format, writer: Writer) {
  if (format.companion === undefined) return null
  const companion = format.companion(name, writer)
  const place = path.join(path.dirname(name), companion.name)
  const file = path.join(folder, place)
  const text = companion.text(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null)
  if (typeof text !== "string") {
    return yield* new ConvertError({ what: `write "${file}"`, ...text, remedy: "move the file away and convert again" })
  }
  return { place, text }
})

const rejectFields = { id: Schema.String, stage: Schema.String, reason: Schema.String, detail: Schema.String }

/** Writes the rejected rows beside the data, or removes those of an earlier conversion. */
const writeRejected = Effect.fnUntraced(function* ({ folder, name }: ConvertTarget, rejected: number) {
  const place = `${name.replace(endings, "")}.rejects.parquet`
  if (rejected === 0) {
    fs.rmSync(path.join(folder, place), { force: true })
    return []
  }
  const { rejects } = yield* Run
  const batches = Stream.fromIterable(rejects.entries()).pipe(
    Stream.grouped(1024),
    Stream.map((rows, index) => ({ index, rows }))
  )
  yield* parquet(place).write(rejectFields, batches)
  return [place]
})

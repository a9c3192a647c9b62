import * as fs from "node:fs"
import * as path from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Columns from "../Columns.ts"
import * as Figure from "../Figure.ts"
import { type ColumnFates, columnFates } from "../formats/columnFates.ts"
import { cutWriter } from "../formats/cutWriter.ts"
import { type Format, FormatFlaw, isRefusal, type Row, type Writer } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { listRules } from "../formats/listRules.ts"
import { lossNotices } from "../formats/lossNotices.ts"
import { movesTexts } from "../formats/movesTexts.ts"
import { votes } from "../formats/votes.ts"
import type { Conversion } from "../Manifest.ts"
import { unwritable } from "../preflight/unwritable.ts"
import { type Reject, Rejects } from "../Rejects.ts"
import { OwnFiles } from "../OwnFiles.ts"
import { Run } from "../Run.ts"
import type { RowFormat } from "../sinks/RowWriter.ts"
import { cannotWrite, type Target } from "../sinks/SinkError.ts"
import { syncFolder, WholeFile } from "../sinks/WholeFile.ts"
import { writeText } from "../sinks/writeText.ts"
import { portableName } from "../sources/portableName.ts"
import { textIfThere } from "../textIfThere.ts"
import { checkConversionTarget } from "./checkConversionTarget.ts"
import { companionsOf } from "./companionsOf.ts"
import { conversionOf } from "./conversionOf.ts"
import { ConvertError } from "./ConvertError.ts"
import { type InputRequest, openInput, type SplitInput, type Taken } from "./ConvertInput.ts"
import { convertLines } from "./convertLines.ts"
import * as ConvertTarget from "./ConvertTarget.ts"
import { LinePlans } from "./LinePlans.ts"
import { Misfits } from "./Misfits.ts"
import { outputOf } from "./outputOf.ts"
import { printable } from "./printable.ts"
import type { Reading } from "./showReading.ts"
import { type SourceFacts, sourceFacts } from "./sourceFacts.ts"
import { printNotice } from "./StandardOutput.ts"
import { writeConversionCard } from "./writeConversionCard.ts"
import { writeRejected } from "./writeRejected.ts"

/** What to convert, into what, and where to. */
export interface ConvertRequest extends InputRequest {
  readonly to: string
  /** A file, whose ending says of which type it is, or a folder. */
  readonly out: string
  /** The rule that cuts pairs from ranked lists; refused where the data are none. Default: lists stay lists where the format holds them, else best-worst. */
  readonly pairs?: keyof typeof listRules
}

/** What a conversion came to. */
export interface Converted extends ColumnFates {
  readonly from: string
  readonly said: string
  readonly to: string
  /** The files written, from the working directory: the data first. */
  readonly files: ReadonlyArray<string>
  /** Rows written by split, in the order of the files; of one file whose rows say their split, "all". */
  readonly splits: ReadonlyArray<readonly [string, number]>
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rejected: number
  /** Rejected rows by reason, the most frequent first. */
  readonly reasons: ReadonlyArray<readonly [string, number]>
  readonly remarks: ReadonlyArray<readonly [string, number]>
  readonly notes: ReadonlyArray<string>
  readonly bytes: number
  /** What the sources say of themselves. `files` is null where one file was written, which has no card to say it. */
  readonly source: SourceFacts & { readonly files: Conversion["files"] | null }
}

/** The stage under which rows that cannot be converted are filed. */
const stage = "convert"
/**
 * Converts files of preference data from one format to another, row by row, and writes one data file for each split that the files show, or that a column "split" does.
 *
 * A target that is one file holds one split, or rows with a column "split": several are refused. A folder becomes a data set as the hub takes it, with `README.md`, `croissant.json`, the licence where the source has it as a file,
 * and, last, `manifest.json`; data files that an earlier conversion left there go. For that the input is read once more for its checksums. Fails, before a row is read, where an input would be replaced, and where the folder has a
 * card or `croissant.json` that Prefloom did not write as it is, or a run. Rows that cannot be read or written go to `<file>.rejects.parquet` beside that file, or to `rejects.parquet` in a folder, with reason and place; the file is there only when
 * there are such rows. Fails when formats exclude each other and when no row of a split is left; then nothing is written. Starts again, after one more reading of the input, when a row has more beside its texts than the columns of
 * the first rows hold, and without margins when a row has none and the format wants them in all. `reading` is kept up to date. Memory is a chunk of the input and what the output format holds.
 */
export const convertFiles = Effect.fnUntraced(function* (request: ConvertRequest, reading: Reading) {
  const format = formats.find(({ name }) => name === request.to)
  if (format === undefined) {
    const listed = formats.map(({ name }) => name).join(", ")
    const { to } = request
    const remedy = `take one of ${listed}`
    return yield* new ConvertError({
      what: "convert",
      found: `--to ${to}`,
      wanted: "the name of a format",
      remedy,
      isUsage: true
    })
  }
  const target = yield* ConvertTarget.convertTarget(request.out, format)
  const { folder } = target
  const run = { ...(yield* Run), folder, own: target.isFile ? null : new OwnFiles(folder) }
  const noticed = new Set<string>()
  const convertAs = (input: SplitInput, rejects: Rejects) =>
    convertInto(target, format, request, input, noticed, reading).pipe(
      Effect.scoped,
      Effect.provideService(Run, { ...run, rejects })
    )
  let input: SplitInput = yield* openInput(request)
  let lacksMargins = false
  let rejects = run.rejects
  for (;;) {
    const made: Converted | Unfit = yield* convertAs(lacksMargins ? withoutMargins(input) : input, rejects).pipe(
      Effect.catchTag("Unfit", Effect.succeed)
    )
    if (!(made instanceof Unfit)) return made
    reading.what = "Looking at all rows"
    reading.nRows = 0
    lacksMargins ||= made.widened === null
    // Opened anew, what it counts begins anew.
    input = yield* made.widened ?? openInput(request)
    rejects = new Rejects(run.spool)
  }
})

const withoutMargins = (input: SplitInput): SplitInput => ({
  ...input,
  holding: { ...input.holding, lacksMargins: true }
})

/**
 * A later row does not fit what the first rows say: it has more than their columns hold, for which the input is `widened`, or no margin where all have
 * one.
 */
class Unfit extends Data.TaggedError("Unfit")<{
  readonly widened: ReturnType<NonNullable<SplitInput["widened"]>>
}> {}

const convertInto = Effect.fnUntraced(function* (
  target: ConvertTarget.ConvertTarget,
  format: Format,
  request: ConvertRequest,
  input: SplitInput,
  noticed: Set<string>,
  reading: Reading
) {
  const { pairs } = request
  if (pairs !== undefined && input.holding.kind !== "ranked") {
    const found = `--pairs ${pairs} and no ranked lists in ${input.format}`
    return yield* cannotConvert(found, "such lists to cut pairs from", "leave out --pairs")
  }
  const writer = pairs === undefined ? format.writer(input.holding) : cutWriter(format, input.holding, listRules[pairs])
  if (isRefusal(writer)) {
    return yield* cannotConvert(`${writer.found} in ${input.format}`, writer.wanted, "choose another format with --to")
  }
  // A file whose rows say their split may hold several.
  const keepsSplits =
    target.isFile && input.splits.length > 1 && writer.extra.some(({ to }) => to === input.splitColumn)
  const parts = keepsSplits ? [{ ...input, split: "all" }] : input.splits
  const splits = parts.map(({ split }) => split)
  if (target.isFile && splits.length > 1) {
    const remedy = `give a folder with --out, or choose one with --split ${splits[0]!}`
    return yield* cannotConvert(`the splits ${splits.join(", ")} and one file to write`, "one split in a file", remedy)
  }
  const twins = [...Map.groupBy(splits, (split) => target.nameOf(split).toLowerCase()).values()].find(
    (some) => some.length > 1
  )
  if (twins !== undefined) {
    const isSame = new Set(twins.map(target.nameOf)).size < twins.length
    const where = isSame ? "" : " where capital letters do not count, as on macOS and Windows"
    const found = `the splits ${twins.join(" and ")}, which make one name of a file${where}`
    return yield* cannotConvert(
      found,
      "splits of different names",
      `rename one, or choose one with --split ${twins[0]!}`
    )
  }
  const run = yield* Run
  const { columns, rowFormat } = yield* outputOf(target.nameOf(splits[0]!), format, writer)
  const dataNames = splits.map(target.nameOf)
  const earlier = yield* checkConversionTarget(target, input.files, dataNames)
  const replaced = earlier.filter((one) => !dataNames.includes(one))
  const companions = yield* companionsOf(target, splits, format, writer, replaced)
  for (const said of lossNotices(format.name, columnFates(input.holding, writer))) {
    if (!noticed.has(said)) yield* printNotice(printable(said))
    noticed.add(said)
  }
  reading.what = `Converting ${input.format} to ${format.name}`
  reading.totalRows = input.nRows
  const misfits = new Misfits(writer.extra.map(({ to }) => to))
  const made: Array<WrittenSplit> = []
  const rowsRead = () => reading.nRows + [...run.rejects.counts("votes").values()].reduce((sum, n) => sum + n, 0)
  for (const part of parts) {
    const name = target.nameOf(part.split)
    const before = rowsRead()
    const one = yield* writeSplit(part, { name, input, format, writer, columns, misfits, rowFormat, reading })
    made.push({ split: part.split, ...one })
    if (one.rows > 0) continue
    const of = splits.length > 1 ? ` of the split ${part.split}` : ""
    const nRead = rowsRead() - before
    // Rows without a vote are rejected where votes are read.
    const [any] = run.rejects.entries()
    const detail = one.rejected ?? any?.detail
    const why =
      nRead === 0 ? `no rows${of}` : `${Figure.counted(nRead, "row")}${of}, all rejected, the first because ${detail}`
    return yield* cannotConvert(why, "rows", "check --from, --to and the columns")
  }
  const counts = new Map([...run.rejects.counts(stage), ...run.rejects.counts("votes")])
  const rejected = [...counts.values()].reduce((sum, n) => sum + n, 0)
  const fates = columnFates(input.holding, writer)
  const remarks = [...(input.remarks ?? []), ...(writer.remarks ?? []), ...misfits.remarks]
  const rowsIn = rowsRead()
  const from = target.isFile ? null : yield* conversionOf(input, request, remarks)
  const licence = from?.source.licenceFile
  const there = licence === undefined ? null : textIfThere(path.join(target.folder, licence.name))
  if (there !== null && there !== licence!.text) {
    const found = `another file "${licence!.name}" where the licence of the source is to be`
    return yield* cannotConvert(found, "none, or the same", "move it away, or choose another folder")
  }
  const besides = [...companions.map(({ place }) => place), ...(licence === undefined ? [] : [licence.name])]
  const emptied = companions.flatMap(({ place, text }) => (text === null ? [place] : []))
  yield* Effect.try({
    try: () => {
      if (run.own === null) return
      run.own.begin()
      // These have been looked at: they go on with what others put there, or are the same.
      for (const name of besides) run.own.add(path.join(target.folder, name))
      for (const name of [...replaced, ...emptied]) fs.rmSync(path.join(target.folder, name), { force: true })
    },
    catch: (cause) => cannotWrite({ sink: stage, path: target.folder }, cause)
  })
  const written = yield* Effect.forEach(made, ({ file, rows, where }) =>
    Effect.try({
      try: () => {
        file.seal()
        const published = file.publish(rows)
        syncFolder(file.folder)
        return published
      },
      catch: (cause) => cannotWrite(where, cause)
    })
  )
  const beside = [
    ...(yield* Effect.forEach(
      companions.flatMap(({ place, text }) => (text === null ? [] : [{ place, text }])),
      ({ place, text }) => writeText(place, text)
    )),
    ...(licence === undefined ? [] : [yield* writeText(licence.name, licence.text)]),
    ...(yield* writeRejected(target, rejected))
  ]
  const files = [...written, ...beside]
  const cardFiles =
    from === null
      ? []
      : yield* writeConversionCard({
          ...from,
          format,
          writer,
          columns,
          fates,
          rowsIn,
          unread: run.rejects.counts("votes"),
          unwritten: run.rejects.counts(stage),
          splits: made.map(({ split }, i) => ({ name: ConvertTarget.splitName(split), file: written[i]! })),
          files
        })
  return {
    ...fates,
    from: input.format,
    said: input.said,
    to: format.name,
    files: [...files.map((file) => file.path), ...cardFiles].map((name) => path.join(target.shown, name)),
    splits: made.map(({ rows, split }) => [split, rows] as const),
    rowsIn,
    rowsOut: made.reduce((sum, { rows }) => sum + rows, 0),
    rejected,
    reasons: [...counts].toSorted(([, a], [, b]) => b - a),
    remarks,
    notes: writer.notes,
    bytes: written.reduce((sum, { bytes }) => sum + bytes, 0),
    source:
      from === null ? { ...sourceFacts(input.files), files: null } : { ...from.source, files: from.conversion.files }
  } satisfies Converted
})

/** A file with the rows of a split, complete and not yet under its name. */
interface WrittenSplit {
  readonly split: string
  readonly file: WholeFile
  readonly where: Target
  readonly rows: number
  /** Why the first row that was left out was; undefined where none was. */
  readonly rejected: string | undefined
}

/** Writes the records of one split into one file. */
const writeSplit = Effect.fnUntraced(function* (
  part: SplitInput["splits"][number],
  to: {
    readonly name: string
    readonly input: Pick<SplitInput, "format" | "widened">
    readonly format: Format
    readonly writer: Writer
    readonly columns: ReadonlyArray<Columns.Column>
    /** Of the columns that the output format does not know. */
    readonly misfits: Misfits
    readonly rowFormat: RowFormat
    readonly reading: Reading
  }
) {
  const { columns, format, input, misfits, name, reading, writer } = to
  const run = yield* Run
  const where: Target = { sink: stage, path: name }
  const file = yield* WholeFile.open(where)
  const output = yield* to.rowFormat.open(columns, file)
  let nRows = 0
  let rejected: string | undefined

  const checkFit = Effect.suspend(() => {
    const widened = input.widened?.() ?? null
    const isFit = widened === null && writer.lacksMargins?.() !== true
    return isFit ? Effect.void : Effect.fail(new Unfit({ widened }))
  })
  const takeAll = Effect.fnUntraced(function* (taken: ReadonlyArray<Taken>) {
    yield* checkFit
    for (const one of taken) {
      reading.nRows += one.nRows ?? 1
      const rows: Array<Row> = []
      const { record } = one
      let flaw =
        record instanceof FormatFlaw ? record : (writer.write(record, rows) ?? unwritable(format, columns, rows))
      if (flaw !== undefined && rows.length > 0) {
        for (const [i, row] of rows.entries()) rows[i] = misfits.without(row, columns)
        flaw = unwritable(format, columns, rows)
      }
      if (flaw !== undefined) {
        const reject = rejectOf(one, flaw)
        rejected ??= reject.detail
        run.rejects.add(reject)
        continue
      }
      nRows += rows.length
      for (const row of rows) if (output.add(row)) yield* output.flush
    }
  })
  const lines = name.endsWith(".parquet") ? part.lines : undefined
  const moves = lines === undefined ? null : movesTexts(input.format, lines.reader, format.name, writer)
  // Votes keep the sides on which their replies were shown.
  const records = format === votes ? part.records : (part.pooled ?? part.records)
  if (lines === undefined || moves === null) yield* Stream.runForEach(records, takeAll)
  else {
    const { files: lineFiles, reader } = lines
    const plans = new LinePlans(moves, { reader, writer, columns })
    const count = (nLines: number, nWritten: number) => {
      reading.nRows += nLines
      nRows += nWritten
    }
    for (const one of lineFiles) yield* convertLines(one, plans, reader, output, count, (taken) => takeAll([taken]))
  }
  // A plan for lines may have been made of a row that was not taken.
  yield* checkFit
  if (nRows > 0) yield* output.finish
  return { file, where, rows: nRows, rejected }
})

const cannotConvert = (found: string, wanted: string, remedy: string) =>
  new ConvertError({ what: "convert", found, wanted, remedy })

const rejectOf = ({ file, place }: { readonly file: string; readonly place: string }, flaw: FormatFlaw): Reject => {
  const at = flaw.column === null ? "" : `, column "${flaw.column}"`
  const told = portableName(file)
  return {
    id: `${told}:${place.replace(/^\D+/, "")}`,
    stage,
    reason: flaw.reason,
    detail: `Cannot convert ${place} of "${told}"${at}: found ${flaw.found}, expected ${flaw.wanted}`
  }
}

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import {
  FormatFlaw,
  type Holding,
  isRefusal,
  type Look,
  type Preference,
  type Reader,
  type Refusal,
  type Row
} from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { namedColumns } from "../formats/namedColumns.ts"
import { RecordJoiner } from "../formats/RecordJoiner.ts"
import { recogniseFormat } from "../formats/recogniseFormat.ts"
import { votesHolding } from "../formats/recordOfVotes.ts"
import { votes } from "../formats/votes.ts"
import type { NamedColumns } from "../formats/VoteColumns.ts"
import type { VoteColumnsError } from "../formats/VoteColumnsError.ts"
import type { Run } from "../Run.ts"
import { anyRows } from "../sources/anyRows.ts"
import { csvRows } from "../sources/csv.ts"
import { type FoundRows, RowFlaw } from "../sources/FoundRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { rowLimit } from "../sources/jsonRow.ts"
import type { SourceError } from "../sources/SourceError.ts"
import type { SourceFile } from "../sources/sourceFiles.ts"
import { ConvertError } from "./ConvertError.ts"
import { inputFiles } from "./inputFiles.ts"
import { Misfits } from "./Misfits.ts"
import { readVotes } from "./readVotes.ts"
import { registeredColumns } from "./registeredColumns.ts"
import { voteRecords } from "./voteRecords.ts"
import { wholeColumns } from "./wholeColumns.ts"

/** A record or why there is none, with its place in the input. */
export interface Taken {
  readonly file: string
  /** As "line 7". */
  readonly place: string
  readonly record: Preference | FormatFlaw
  /** How many rows make the record; absent where it is one. */
  readonly nRows?: number
  /** The row as it stands in the file; absent where several make a record and where there is none. */
  readonly raw?: Row
}

/** The records of some files. */
export interface InputRecords {
  /** Rows there are, or null when only reading all of them could tell. */
  readonly nRows: number | null
  readonly records: Stream.Stream<ReadonlyArray<Taken>, SourceError, Run>
  /** Set where rows are votes, of which several may be on one pair: a record for each pair instead of one for each row. */
  readonly pooled?: InputRecords["records"]
  /** Set where all files are JSON Lines, with the reader of a row. */
  readonly lines?: { readonly files: ReadonlyArray<SourceFile>; readonly reader: Reader }
}

/** Files that can be read as records. */
export interface ConvertInput extends InputRecords {
  /** The format in words, and what decided. */
  readonly said: string
  readonly format: string
  readonly files: ReadonlyArray<string>
  readonly holding: Holding
  /** How many things in rows were left out, by what; grows while rows are read. */
  readonly remarks?: Iterable<readonly [string, number]>
  /**
   * Gives the files opened by what all of their rows hold, once a row was read that has more beside its texts than the columns of the first rows
   * hold; null before. What was read until then is to be read again. Costs one more reading of the files.
   */
  readonly widened?: () => Effect.Effect<SplitInput, SourceError | ConvertError> | null
}

/** Files that can be read as records, all together or split by split. */
export interface SplitInput extends ConvertInput {
  /** The records of each split that file names show, in the order of the files; "train" where they show none. */
  readonly splits: ReadonlyArray<InputRecords & { readonly split: string }>
}

/** What a person says about the input; the rest is recognised. */
export interface InputRequest {
  readonly files: ReadonlyArray<string>
  /** The splits that are read. Default: all. */
  readonly splits?: ReadonlyArray<string>
  readonly from?: string
  readonly named: NamedColumns
  readonly labelValues?: string
}

const nShown = 100

/**
 * Opens files as records: by the format that is named, by the columns that are named, here or for pairs in LLaMA-Factory's registry beside the
 * file, or by the columns that are there.
 *
 * The columns of the first file count for all, those of its first rows where it declares none; see `widened` for rows that have others. What fits
 * no format is read as votes when its columns allow one reading. Memory is one row group, record batch or chunk of text.
 */
export const openInput = Effect.fnUntraced(function* (
  request: InputRequest
): Effect.fn.Return<SplitInput, SourceError | VoteColumnsError | ConvertError> {
  const { files: paths, from, named } = request
  const files = yield* inputFiles(paths, request.splits)
  const first = yield* inspectFile(files[0]!.name, { rows: nShown })
  const rest = yield* Effect.forEach(files.slice(1), ({ name }) => inspectFile(name, { rows: 0 }))
  const inspections = [first, ...rest]
  let isNarrow = false
  const look: Look = {
    columns: first.columns,
    sample: first.sample,
    ...(first.format === "csv" ? { isCells: true } : {}),
    misfit: () => {
      isNarrow = true
      return null
    }
  }
  const cannot = (found: string, wanted: string, remedy: string) =>
    new ConvertError({ what: `read "${first.file}"`, found, wanted, remedy })
  const listed = formats.map(({ name }) => name).join(", ")

  const bySplit = [...Map.groupBy(files, ({ split }) => split)]
  const opened = (recordsOf: (of: ReadonlyArray<Inspection>) => Omit<InputRecords, "nRows">) => {
    const ofFiles = (some: ReadonlyArray<SourceFile>): InputRecords => {
      const of = inspections.filter(({ file }) => some.some(({ name }) => name === file))
      const counts = of.map(({ nRows }) => nRows)
      return {
        ...recordsOf(of),
        nRows: counts.every((n) => n !== null) ? counts.reduce((sum, n) => sum + n, 0) : null
      }
    }
    const all = ofFiles(files)
    return {
      ...all,
      files: files.map(({ name }) => name),
      splits: bySplit.map(([split, some]) => ({ split, ...(bySplit.length === 1 ? all : ofFiles(some)) }))
    }
  }
  const withReader = (
    reader: Reader,
    format: string,
    said: string,
    make: (look: Look) => Reader | Refusal
  ): SplitInput => ({
    ...opened((of) => ({
      ...recordsOf(reader, look.columns)(of),
      ...(of.every((one) => one.format === "jsonl")
        ? { lines: { files: of.map(({ bytes, file }) => ({ name: file, bytes })), reader } }
        : {})
    })),
    format,
    said,
    holding: withUnread(reader.holding, inspections),
    ...(reader.remarks === undefined ? {} : { remarks: reader.remarks }),
    widened: () => (isNarrow ? widen(reader.holding, format, said, make) : null)
  })
  const widen = Effect.fnUntraced(function* (
    holding: Holding,
    format: string,
    said: string,
    make: (look: Look) => Reader | Refusal
  ): Effect.fn.Return<SplitInput, SourceError | ConvertError> {
    const columns = yield* wholeColumns(inspections, look.columns, holding)
    const misfits = new Misfits(columns)
    const reader = make({ ...look, columns, misfit: misfits.take })
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, "name the format with --from")
    return {
      ...opened(recordsOf(reader, columns)),
      format,
      said,
      holding: withUnread(reader.holding, inspections),
      remarks: {
        *[Symbol.iterator]() {
          yield* reader.remarks ?? []
          yield* misfits.remarks
        }
      }
    }
  })
  const asVotes = Effect.fnUntraced(function* () {
    const found = yield* readVotes(
      files.map(({ name }) => name),
      {
        named,
        maxRejectShare: 1,
        withMessages: true,
        ...(request.labelValues === undefined ? {} : { labelValues: request.labelValues })
      }
    )
    const said = `${found.columns.format}. ${found.columns.said}`
    const holding = votesHolding(found.columns, look)
    const { style } = holding
    const remarks = new Map<string, number>()
    const all = opened((of) => {
      const names = of.map(({ file }) => file)
      const records = voteRecords(found, names, { style, pooled: null })
      // Without labels every row is a pair in its order.
      return found.columns.reading === null
        ? { records }
        : { records, pooled: voteRecords(found, names, { style, pooled: remarks }) }
    })
    return { ...all, format: votes.name, said, holding, remarks } satisfies SplitInput
  })

  const isVotes = from === votes.name || named.label !== undefined || named.annotator !== undefined
  if (isVotes && (from === undefined || from === votes.name)) return yield* asVotes()
  if (from !== undefined) {
    const format = formats.find(({ name }) => name === from)
    if (format === undefined) return yield* cannot(`--from ${from}`, "the name of a format", `take one of ${listed}`)
    const reader = format.reader(look)
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, `name another format with --from`)
    return withReader(reader, from, `${from}, as named`, format.reader)
  }
  if (Object.keys(named).length > 0) {
    const make = (of: Look) => namedColumns(of, named)
    const reader = make(look)
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, "name --prompt, --chosen and --rejected")
    return withReader(reader, "columns", "columns as named", make)
  }
  const registered = registeredColumns(first.file)
  const byRegistry = registered?.named == null ? undefined : namedColumns(look, registered.named)
  if (byRegistry !== undefined && !isRefusal(byRegistry)) {
    const { named: names, said } = registered!
    return withReader(byRegistry, "columns", `columns as dataset_info.json names them: ${said}`, (of) =>
      namedColumns(of, names!)
    )
  }
  const recognised = recogniseFormat(look)
  if ("format" in recognised) {
    const { name } = recognised.format
    const reader = recognised.format.reader(look)
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, "name the format with --from")
    const unread =
      registered === undefined || name.startsWith("llamafactory-")
        ? ""
        : `; what dataset_info.json says, ${registered.said}, was not used`
    return withReader(reader, name, recognised.said + unread, recognised.format.reader)
  }
  if (recognised.fitting.length > 0) {
    const wanted = "columns that fit one format"
    return yield* cannot(recognised.found, wanted, `say --from ${recognised.fitting.join(" or --from ")}`)
  }
  return yield* asVotes().pipe(
    Effect.mapError((problem) =>
      problem._tag === "VoteColumnsError"
        ? cannot(
            recognised.found,
            "those of a known format",
            `name one with --from (${listed}) or name --prompt, --chosen and --rejected; as votes: ${problem.remedy}`
          )
        : problem
    )
  )
})

/** The records that a reader makes of files with these columns. */
const recordsOf = (reader: Reader, columns: Look["columns"]) => (files: ReadonlyArray<Inspection>) => ({
  records: joined(
    Stream.map(formatRows(files, columns, reader.holding), (found) => readAll(found, reader)),
    reader
  )
})

/** Adds the columns that only files behind the first declare. */
const withUnread = (holding: Holding, [first, ...rest]: ReadonlyArray<Inspection>): Holding => {
  const known = new Set(first!.columns.map(({ name }) => name))
  const declared = rest.filter(({ format }) => format !== "jsonl" && format !== "json")
  const others = new Set(declared.flatMap(({ columns }) => columns.map(({ name }) => name)))
  const unread = [...others].filter((name) => !known.has(name))
  return unread.length === 0 ? holding : { ...holding, unkept: [...holding.unkept, ...unread] }
}

const textParts = new Set(["prompt", "chosen", "rejected", "candidates", "id", "candidateIds", "models", "tools"])

/** The rows of the files, with all columns that a holding has. Cells of CSV are read as what their column is taken for. */
const formatRows = (
  files: ReadonlyArray<Inspection>,
  of: Look["columns"],
  { extra, parts }: Holding
): Stream.Stream<FoundRows, SourceError> => {
  const names = [...new Set([...parts.map(({ column }) => column), ...extra.map(({ name }) => name)])]
  const texts = new Set(parts.filter(({ part }) => textParts.has(part)).map(({ column }) => column))
  const types = new Map(of.map(({ columnType, name }) => [name, columnType]))
  return Stream.fromIterable(files).pipe(
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
}

/** Reads what was found in a file, each row as a record or with why there is none. */
export const readAll = ({ file, numbers, rows, unit }: FoundRows, reader: Reader): ReadonlyArray<Taken> =>
  rows.map((row, i) => ({
    file,
    place: `${unit} ${numbers[i]!}`,
    ...(row instanceof RowFlaw
      ? { record: new FormatFlaw(row.reason, row.column, row.found, row.wanted) }
      : { record: reader.read(row), raw: row })
  }))

/** The records, those that stand in several rows put together; their place is that of the first row. */
const joined = (records: ConvertInput["records"], reader: Reader): ConvertInput["records"] =>
  reader.joins === undefined
    ? records
    : Stream.suspend(() => {
        const joiner = new RecordJoiner<Taken>(reader, ({ file, nRows = 1, place }, record) => ({
          file,
          place,
          record,
          nRows: nRows + 1
        }))
        const complete = Stream.map(records, (all) => {
          const into: Array<Taken> = []
          for (const one of all) joiner.add(one, into)
          return into
        })
        const last = Stream.suspend(() => {
          const into: Array<Taken> = []
          joiner.end(into)
          return Stream.make(into)
        })
        return Stream.concat(complete, last)
      })

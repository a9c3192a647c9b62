import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import {
  FormatFlaw,
  type Holding,
  isRefusal,
  type Look,
  type MessageUses,
  type Preference,
  type Reader,
  type Refusal,
  type Row
} from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { messageUses } from "../formats/messageUses.ts"
import { namedColumns } from "../formats/namedColumns.ts"
import { recogniseFormat } from "../formats/recogniseFormat.ts"
import { votesHolding } from "../formats/recordOfVotes.ts"
import { votes } from "../formats/votes.ts"
import type { NamedColumns } from "../formats/VoteColumns.ts"
import type { VoteColumnsError } from "../formats/VoteColumnsError.ts"
import type { Run } from "../Run.ts"
import { type FoundRows, RowFlaw } from "../sources/FoundRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { pathList, type SourceFile } from "../sources/sourceFiles.ts"
import { askedFiles } from "./askedFiles.ts"
import { ConvertError } from "./ConvertError.ts"
import { formatRows } from "./formatRows.ts"
import { joinedRecords } from "./joinedRecords.ts"
import { Misfits } from "./Misfits.ts"
import { readVotes } from "./readVotes.ts"
import { registeredColumns } from "./registeredColumns.ts"
import { findSplitColumn, noSplitsSaid, overruledSaid, type RowsOf, withSplitColumn } from "./SplitColumn.ts"
import { splitsSaid } from "./splitsSaid.ts"
import { unusedLabel } from "./unusedLabel.ts"
import { usesOf } from "./usesOf.ts"
import { voteRecords } from "./voteRecords.ts"
import { wholeColumns } from "./wholeColumns.ts"

/** A record or why there is none, with its place in the input. */
export interface Taken {
  readonly file: string
  /** As "line 7". */
  readonly place: string
  /** Of votes, whose records hold no other columns. */
  readonly split?: string | null
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
  /** The split of each file; null where nothing shows one. */
  readonly splitOf: ReadonlyMap<string, string | null>
  readonly holding: Holding
  /** The column that tells splits apart; null where the files do, or nothing. */
  readonly splitColumn: string | null
  /** How many things in rows were left out, by what; grows while rows are read. */
  readonly remarks?: Iterable<readonly [string, number]>
  /**
   * Gives the files opened by what all of their rows hold, once a row was read that has more beside its texts than the columns of the first rows
   * hold, or messages with tools or names that none of these has; null before. What was read until then is to be read again. Costs one more
   * reading of the files, and another of messages.
   */
  readonly widened?: () => Effect.Effect<SplitInput, SourceError | VoteColumnsError | ConvertError> | null
}

/** Files that can be read as records, all together or split by split. */
export interface SplitInput extends ConvertInput {
  /**
   * The records of each split that file names show, in the order of the files; where they show none, of each that the column "split" names, else
   * "train". With such a column each split is one reading of the files.
   */
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
const scalarTexts = "rows whose prompt or reply is a number or true or false, which became its text"

/**
 * Opens files as records: by the format that is named, by the columns that are named, here or for pairs in LLaMA-Factory's registry beside the
 * file, or by the columns that are there.
 *
 * The columns of the first file count for all, those of its first rows where it declares none; see `widened` for rows that have others. What fits
 * no format is read as votes when its columns allow one reading. A column "split" is looked at once, over all rows, where the files do not say their splits (`askedFiles`), and so is JSON without one in its first rows for its name.
 * Memory is one row group, record batch or chunk of text.
 */
export const openInput = Effect.fnUntraced(function* (
  request: InputRequest
): Effect.fn.Return<SplitInput, SourceError | VoteColumnsError | ConvertError> {
  const { files: paths, from, named } = request
  const { files, folders, isTold, splits: asked } = yield* askedFiles(paths, request.splits ?? [])
  const first = yield* inspectFile(files[0]!.name, { rows: nShown })
  const rest = yield* Effect.forEach(files.slice(1), ({ name }) => inspectFile(name, { rows: 0 }))
  const inspections = [first, ...rest]
  const column = isTold ? null : yield* findSplitColumn(inspections)
  const splitColumn = column === "other" ? null : column
  let isNarrow = false
  const look: Look = {
    columns: withSplitColumn(first.columns, column),
    sample: first.sample,
    ...(first.format === "csv" ? { isCells: true } : {}),
    misfit: () => {
      isNarrow = true
      return null
    }
  }
  const cannot = (found: string, wanted: string, remedy: string, isUsage = false) =>
    new ConvertError({ what: `read "${first.file}"`, found, wanted, remedy, isUsage })
  const listed = formats.map(({ name }) => name).join(", ")

  const there = splitColumn?.splits ?? [...new Set(files.map(({ split }) => split))]
  const absent = asked.find((split) => !there.includes(split))
  if (absent !== undefined) {
    const wanted = `file names or a column "split" that say it; there are those of ${there.join(", ")}`
    return yield* sourceError(pathList(paths).join(", "), `no rows of the split ${absent}`, wanted)
  }
  const chosen = asked.length === 0 ? there : there.filter((split) => asked.includes(split))
  const splitSaid =
    column === null
      ? splitsSaid(files) + (yield* overruledSaid(inspections, files))
      : column === "other"
        ? noSplitsSaid + splitsSaid(files)
        : `; the splits are those of column "split": ${chosen.join(", ")}`
  const asTexts = first.columns.flatMap(({ becomesText, name, type }) => (becomesText ? [`"${name}" (${type})`] : []))
  const alsoSaid = splitSaid + folders + (asTexts.length === 0 ? "" : `; read as texts: ${asTexts.join(", ")}`)

  const bySplit = [...Map.groupBy(files, ({ split }) => split)]
  const opened = (recordsOf: (of: ReadonlyArray<Inspection>, only: RowsOf) => Omit<InputRecords, "nRows">) => {
    const ofFiles = (some: ReadonlyArray<SourceFile>, only: RowsOf): InputRecords => {
      const of = inspections.filter(({ file }) => some.some(({ name }) => name === file))
      const counts = of.map(({ nRows }) => nRows)
      const isKnown = only === null || chosen.length === there.length
      return {
        ...recordsOf(of, only),
        nRows: isKnown && counts.every((n) => n !== null) ? counts.reduce((sum, n) => sum + n, 0) : null
      }
    }
    const ofColumn = (splits: ReadonlyArray<string>): RowsOf =>
      splitColumn === null || splits.length === there.length
        ? null
        : { column: splitColumn.name, splits, withFlaws: splits[0] === chosen[0] }
    const all = ofFiles(files, ofColumn(chosen))
    return {
      ...all,
      files: files.map(({ name }) => name),
      splitOf: new Map(files.map(({ by, name, split }) => [name, by === null ? null : split])),
      splitColumn: splitColumn?.name ?? null,
      splits:
        splitColumn !== null
          ? chosen.map((split) => ({ split, ...(chosen.length === 1 ? all : ofFiles(files, ofColumn([split]))) }))
          : bySplit.map(([split, some]) => ({ split, ...(bySplit.length === 1 ? all : ofFiles(some, null)) }))
    }
  }
  /** The reader, which notes messages that use what those of the first rows do not. */
  const watched = (reader: Reader): Reader => {
    const { hasNames = false, hasToolCalls, style } = reader.holding
    if (style === "text" || hasToolCalls) return reader
    return {
      ...reader,
      read: (row) => {
        const record = reader.read(row)
        if (record instanceof FormatFlaw) return record
        const { names, tools } = messageUses(record)
        if (tools || (names && !hasNames)) isNarrow = true
        return record
      }
    }
  }
  const withReader = (
    made: Reader,
    format: string,
    said: string,
    make: (look: Look) => Reader | Refusal
  ): SplitInput => {
    const reader = watched(made)
    return {
      ...opened((of, only) => ({
        ...recordsOf(reader, look.columns, splitColumn?.name ?? null)(of, only),
        ...(only === null && of.every((one) => one.format === "jsonl")
          ? { lines: { files: of.map(({ bytes, file }) => ({ name: file, bytes })), reader } }
          : {})
      })),
      format,
      said: said + alsoSaid,
      holding: withUnread(reader.holding, inspections),
      ...(reader.remarks === undefined ? {} : { remarks: reader.remarks }),
      widened: () => (isNarrow ? widen(reader.holding, format, said, make) : null)
    }
  }
  const widen = Effect.fnUntraced(function* (
    holding: Holding,
    format: string,
    said: string,
    make: (look: Look) => Reader | Refusal
  ): Effect.fn.Return<SplitInput, SourceError | ConvertError> {
    const columns = yield* wholeColumns(inspections, look.columns, holding)
    const misfits = new Misfits(columns.map(({ name }) => name))
    const uses = holding.style === "text" || holding.hasToolCalls ? undefined : yield* usesOf(inspections, look, make)
    const reader = make({ ...look, columns, misfit: misfits.take, ...(uses === undefined ? {} : { uses }) })
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, "name the format with --from")
    return {
      ...opened(recordsOf(reader, columns, splitColumn?.name ?? null)),
      format,
      said: said + alsoSaid,
      holding: withUnread(reader.holding, inspections),
      remarks: {
        *[Symbol.iterator]() {
          yield* reader.remarks ?? []
          yield* misfits.remarks
        }
      }
    }
  })
  /** Reads votes; `uses` is what messages were seen to use, where those of the first rows use less. */
  const asVotes = Effect.fnUntraced(function* (
    uses?: MessageUses
  ): Effect.fn.Return<SplitInput, SourceError | VoteColumnsError> {
    let see: ((row: Row) => void) | undefined
    const found = yield* readVotes(files, {
      named,
      maxRejectShare: 1,
      withMessages: true,
      splitColumn,
      see: (row) => see?.(row),
      ...(request.labelValues === undefined ? {} : { labelValues: request.labelValues })
    })
    const said = `${found.columns.format}. ${found.columns.said.replace(/\.$/, "")}`
    const { holding, ...seeing } = votesHolding(found.columns, uses === undefined ? look : { ...look, uses })
    see = seeing.see
    const { hasNames = false, hasToolCalls, style } = holding
    const seen = { tools: hasToolCalls, names: hasNames }
    const remarks = new Map<string, number>()
    const watchedVotes = (records: InputRecords["records"]) =>
      Stream.map(records, (taken) => {
        for (const { record } of style === "text" ? [] : taken) {
          if (record instanceof FormatFlaw) continue
          const { names, tools } = messageUses(record)
          seen.tools ||= tools
          seen.names ||= names
        }
        return taken
      })
    const all = opened((of, only) => {
      const names = of.map(({ file }) => file)
      const records = watchedVotes(voteRecords(found, names, { style, only, pooled: null }))
      // Without labels every row is a pair in its order.
      return found.columns.reading === null
        ? { records }
        : { records, pooled: watchedVotes(voteRecords(found, names, { style, only, pooled: remarks })) }
    })
    return {
      ...all,
      format: votes.name,
      said: said + alsoSaid,
      holding,
      remarks: {
        *[Symbol.iterator]() {
          yield* remarks
          if (found.nScalarTexts() > 0) yield [scalarTexts, found.nScalarTexts()] as const
        }
      },
      widened: () => (seen.tools === hasToolCalls && seen.names === hasNames ? null : asVotes(seen))
    } satisfies SplitInput
  })

  const given = [...Object.keys(named), ...(request.labelValues === undefined ? [] : ["labelValues"])]
  if (from !== undefined && from !== votes.name && given.length > 0) {
    const flags = given.map((name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
    const remedy = "leave out --from, or the others"
    return yield* cannot(`--from ${from} beside ${flags.join(", ")}`, "a format, or what columns mean", remedy, true)
  }
  const isVotes = ["label", "annotator", "labelValues"].some((name) => given.includes(name))
  if (from === votes.name || (isVotes && from === undefined)) return yield* asVotes()
  if (from !== undefined) {
    const format = formats.find(({ name }) => name === from)
    if (format === undefined)
      return yield* cannot(`--from ${from}`, "the name of a format", `take one of ${listed}`, true)
    const reader = format.reader(look)
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, `name another format with --from`)
    return withReader(reader, from, `${from}, as named`, format.reader)
  }
  if (Object.keys(named).length > 0) {
    const make = (of: Look) => namedColumns(of, named)
    const reader = make(look)
    if (isRefusal(reader)) return yield* cannot(reader.found, reader.wanted, "name others or more, or leave them out")
    return withReader(reader, "columns", `columns as named${unusedLabel(first.columns, named)}`, make)
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
    const said = recognised.said + unread + unusedLabel(first.columns, {})
    return withReader(reader, name, said, recognised.format.reader)
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
const recordsOf =
  (reader: Reader, columns: Look["columns"], splitColumn: string | null) =>
  (files: ReadonlyArray<Inspection>, only: RowsOf) => ({
    records: joinedRecords(
      Stream.map(formatRows(files, columns, reader.holding, only), (found) => readAll(found, reader)),
      reader,
      splitColumn
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

/** Reads what was found in a file, each row as a record or with why there is none. */
export const readAll = ({ file, numbers, rows, unit }: FoundRows, reader: Reader): ReadonlyArray<Taken> =>
  rows.map((row, i) => ({
    file,
    place: `${unit} ${numbers[i]!}`,
    ...(row instanceof RowFlaw
      ? { record: new FormatFlaw(row.reason, row.column, row.found, row.wanted) }
      : { record: reader.read(row), raw: row })
  }))

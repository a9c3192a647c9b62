import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Batch from "../Batch.ts"
import * as Figure from "../Figure.ts"
import { findVoteColumns } from "../formats/findVoteColumns.ts"
import { FormatFlaw } from "../formats/Format.ts"
import { hasScalarText } from "../formats/hasScalarText.ts"
import { PairIds } from "../formats/PairIds.ts"
import { readTurns, isTurnsFlaw } from "../formats/Turns.ts"
import {
  type ColumnProblem,
  type NamedColumns,
  pathText,
  readColumns,
  type SeenColumn,
  valueAt,
  type VoteColumns
} from "../formats/VoteColumns.ts"
import { VoteColumnsError } from "../formats/VoteColumnsError.ts"
import { voteMessages } from "../formats/voteMessages.ts"
import { VoteLook } from "../formats/VoteLook.ts"
import type { VoteRow } from "../formats/VoteRow.ts"
import { isProblem } from "../formats/VoteSides.ts"
import { votesOfRow } from "../formats/votesOfRow.ts"
import { Run } from "../Run.ts"
import { anyRows } from "../sources/anyRows.ts"
import { type FoundRow, RowFlaw } from "../sources/FoundRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { makeRows, type RowMaker, type SourceOptions } from "../sources/makeRows.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { type Paths, pathList } from "../sources/sourceFiles.ts"
import { type AskedFiles, askedFiles } from "./askedFiles.ts"
import { convertFirst } from "./convertFirst.ts"
import { type InputFile, inputFiles } from "./inputFiles.ts"
import type { RowPlaces } from "./RowPlaces.ts"
import { findSplitColumn, noSplitsSaid, type SplitColumn, splitOfValue, withSplitColumn } from "./SplitColumn.ts"
import { splitsAreTold } from "./splitsAreTold.ts"
import { splitsSaid } from "./splitsSaid.ts"

/** What a person says about a file of votes; the rest is recognised. */
export interface ReadVotesOptions extends SourceOptions {
  readonly named?: NamedColumns
  /** How labels are read, see `givenLabels`. */
  readonly labelValues?: string
  /** The splits that are read. Default: all. */
  readonly splits?: ReadonlyArray<string>
  /** Whether votes keep the messages that stand behind their texts. Default: false. */
  readonly withMessages?: boolean
  /** The column that tells splits apart, null where files do. Default: it is looked for where files do not say their splits. */
  readonly splitColumn?: SplitColumn | null
  /** Gets every row that gives votes. */
  readonly see?: (row: FoundRow) => void
}

/** Votes that can be read, and how they will be. */
export interface FoundVotes {
  readonly columns: VoteColumns
  /** The files, in the order in which they are read. */
  readonly files: ReadonlyArray<string>
  /** The split of each file, or of its rows that name none where a column tells splits apart; null where nothing shows one. */
  readonly splitOf: ReadonlyMap<string, string | null>
  /** The votes, in the order of the rows. Reading twice reads the files twice. */
  readonly batches: Stream.Stream<Batch.Batch<VoteRow>, SourceError, Run>
  /** The votes of some of the files alone; rows are counted within these. `places` gets to know where they stand, by `rowIndex`. */
  readonly batchesOf: (names: ReadonlyArray<string>, places?: RowPlaces) => FoundVotes["batches"]
  /** In how many rows read a prompt or a reply is a number or true or false, which is taken for its text; rows that are read again count once. */
  readonly nScalarTexts: () => number
  /** What was odd in what was read last. */
  readonly warnings: () => ReadonlyArray<{ readonly code: string; readonly message: string }>
}

/** Rows in which a column of JSON has to show what it holds. */
const nShown = 100

/**
 * Finds out how files hold votes, and reads them: Parquet, Arrow, JSON Lines, JSON or CSV, by path, glob or folder of a data set.
 *
 * The columns of the first file count for all. A label column is looked at once, over all rows and alone where the format
 * allows it, before its values are given a meaning, and so is a column "split" where files do not say their splits
 * (`findSplitColumn`); then the votes come as a stream, whose memory is one row group, record batch or chunk of text. Rows without a vote go to the rejects of the run, as stage "votes", and fail it above the limit of
 * every source. Fails with a `VoteColumnsError` when columns or labels allow no reading or several; where `prefloom convert` makes pairs of them, it
 * says how.
 */
export const readVotes = (
  paths: Paths | ReadonlyArray<InputFile>,
  options: ReadVotesOptions = {}
): Effect.Effect<FoundVotes, SourceError | VoteColumnsError> =>
  Effect.gen(function* () {
    const { labelValues, named = {}, see, splitColumn, splits = [], withMessages = false, ...rest } = options
    const asked: AskedFiles = areFound(paths)
      ? { files: paths, splits: [], isTold: splitsAreTold(paths), folders: "" }
      : yield* askedFiles(paths, splits)
    const { files, folders, isTold, splits: inRows } = asked
    const inspections = yield* Effect.forEach(files, ({ name }) => inspectFile(name, { rows: 0 }))
    const first = inspections[0]!
    const refuse = ({ found, remedy }: ColumnProblem) => new VoteColumnsError({ file: first.file, found, remedy })
    if (first.columns.length === 0) {
      return yield* refuse({ found: "no row and no column", remedy: "check what was to be written to it" })
    }
    const column = splitColumn !== undefined ? splitColumn : isTold ? null : yield* findSplitColumn(inspections)
    const seen = yield* seenColumns(first)
    const isByColumn = column !== null && column !== "other"
    const found = findVoteColumns(withSplitColumn(seen, column), named, isByColumn)
    if (isProblem(found)) {
      const isNamed = areFound(paths) || Object.keys(named).length > 0
      const remedy = isNamed ? null : yield* convertFirst(pathList(paths), first)
      return yield* refuse(remedy === null ? found : { ...found, remedy })
    }
    const noNumbers = yield* namedTexts(first, found, named)
    if (noNumbers !== null) return yield* refuse(noNumbers)
    const columns = yield* look(inspections, found, labelValues)
    if (isProblem(columns)) return yield* refuse(columns)
    // Without such a column it fails, and says which splits the files are of.
    if (inRows.length > 0 && columns.split === null) yield* inputFiles(paths as Paths, splits)
    if (labelValues !== undefined && columns.reading === null) {
      return yield* refuse({
        found: "--label-values and no column with labels",
        remedy: "name the column with --label"
      })
    }

    const splitOf = new Map(
      files.map(({ by, name, split }) => [name, isByColumn ? splitOfValue(null) : by === null ? null : split])
    )
    const splitSaid = (isByColumn ? "" : splitsSaid(files)) + (column === "other" ? noSplitsSaid : "") + folders
    let pairIds = new PairIds()
    /** Rows by the files that are read together. */
    const scalarTexts = new Map<string, number>()
    const nScalarTexts = () => [...scalarTexts.values()].reduce((sum, n) => sum + n, 0)
    const batchesOf = (of: ReadonlyArray<Inspection>, places?: RowPlaces): FoundVotes["batches"] =>
      Stream.unwrap(
        Effect.map(Run, (run) => {
          pairIds = new PairIds()
          const together = of.map(({ file }) => file).join("\n")
          scalarTexts.set(together, 0)
          const nRows = of.map((inspection) => inspection.nRows)
          if (nRows.every((n) => n !== null)) run.progress.totalRows = nRows.reduce((sum, n) => sum + n, 0)
          const make: RowMaker<VoteRow> = (row, index, into, file) => {
            const before = into.length
            const flaw = votesOfRow(columns, row, index, splitOf.get(file) ?? null, into, pairIds)
            if (flaw !== undefined) return new RowFlaw(flaw.reason, flaw.found, flaw.wanted, flaw.column)
            if (inRows.length > 0) {
              const meant = into.splice(before).filter(({ split }) => inRows.includes(split ?? "train"))
              if (meant.length === 0) return undefined
              into.push(...meant)
            }
            see?.(row)
            if (hasScalarText(columns, row)) scalarTexts.set(together, scalarTexts.get(together)! + 1)
            const messages = withMessages ? voteMessages(columns, row) : undefined
            if (messages === undefined) return undefined
            const read = into.splice(before)
            if (messages instanceof FormatFlaw) {
              return new RowFlaw(messages.reason, messages.found, messages.wanted, messages.column)
            }
            for (const vote of read) into.push({ ...vote, messages })
            return undefined
          }
          return makeRows(
            "votes",
            { ...rest, shareOption: "--max-reject-share" },
            Stream.map(anyRows(of, readColumns(columns)), (rows) => {
              places?.add(rows)
              return rows
            }),
            make
          )
        })
      )
    return {
      columns: areFound(paths) ? columns : { ...columns, said: columns.said.replace(/\.$/, `${splitSaid}.`) },
      splitOf,
      files: files.map(({ name }) => name),
      batches: batchesOf(inspections),
      batchesOf: (names, places) =>
        batchesOf(
          inspections.filter(({ file }) => names.includes(file)),
          places
        ),
      nScalarTexts,
      warnings: () => [...reusedIds(pairIds), ...readAsTexts(nScalarTexts())]
    }
  })

const areFound = (paths: Paths | ReadonlyArray<InputFile>): paths is ReadonlyArray<InputFile> =>
  typeof paths !== "string" && typeof paths[0] === "object"

/** Says how many rows have a prompt or an answer that is no text. */
const readAsTexts = (nRows: number): ReadonlyArray<{ readonly code: string; readonly message: string }> =>
  nRows === 0
    ? []
    : [
        {
          code: "scalarText",
          message:
            `${Figure.counted(nRows, "row")} with a number or true or false as prompt or answer, which was read as its text. ` +
            "Write it as text where that is not what it says"
        }
      ]

/** Says how many pair ids stood for several pairs in what was read last. */
const reusedIds = ({
  reused: { ids, pairs }
}: PairIds): ReadonlyArray<{ readonly code: string; readonly message: string }> =>
  ids === 0
    ? []
    : [
        {
          code: "pairIdReused",
          message:
            `${Figure.counted(ids, "pair id")} stood for ${Figure.count(pairs)} pairs: the same id with another prompt or other answers. ` +
            "They were kept apart. Name a column, or several with commas, that tell the pairs apart with --pair"
        }
      ]

/** Says that a column which was named for scores holds other values than numbers, as far as the first rows tell. */
const namedTexts = Effect.fnUntraced(function* (
  { file }: Inspection,
  { scoreFirst, scoreSecond }: Pick<VoteColumns, "scoreFirst" | "scoreSecond">,
  named: NamedColumns
): Effect.fn.Return<ColumnProblem | null, SourceError> {
  if (named.scoreChosen === undefined && named.scoreRejected === undefined) return null
  const { sample } = yield* inspectFile(file, { rows: nShown })
  for (const [path, flag] of [
    [scoreFirst, "--score-chosen"],
    [scoreSecond, "--score-rejected"]
  ] as const) {
    const values =
      path === null ? [] : sample.map((row) => valueAt(row, path)).filter((value) => value != null && value !== "")
    if (
      values.length === 0 ||
      values.some((value) => Number.isFinite(typeof value === "string" ? Number(value) : value))
    )
      continue
    const found = `no number in the first rows of the column "${pathText(path!)}"`
    return { found, remedy: `name one of numbers with ${flag}, or leave the flag out` }
  }
  return null
})

/** Reads what has to be seen before the votes, and settles what was open. */
const look = (
  files: ReadonlyArray<Inspection>,
  columns: VoteColumns,
  labelValues: string | undefined
): Effect.Effect<VoteColumns | ColumnProblem, SourceError> =>
  Effect.gen(function* () {
    const seen = new VoteLook(columns, labelValues)
    if (seen.names.length > 0) {
      yield* Stream.runForEachWhile(anyRows(files, seen.names), ({ rows }) =>
        Effect.sync(() => rows.every((row) => row instanceof RowFlaw || seen.add(row)))
      )
    }
    return seen.settle(labelValues)
  })

/** The columns of a file; of those of JSON whose type is no column type, what their first values are. */
const seenColumns = (inspection: Inspection): Effect.Effect<ReadonlyArray<SeenColumn>, SourceError> =>
  Effect.gen(function* () {
    const { columns, file } = inspection
    if (columns.every(({ columnType }) => columnType !== null)) return columns
    const { sample } = yield* inspectFile(file, { rows: nShown })
    return columns.map((column) => {
      const values = sample.map((row) => row[column.name]).filter((value) => value !== null && value !== undefined)
      const areTurns = values.every((value) => typeof value === "object" && !isTurnsFlaw(readTurns(value)))
      return column.columnType === null && values.length > 0 && areTurns
        ? { ...column, shape: "turns" as const }
        : column
    })
  })

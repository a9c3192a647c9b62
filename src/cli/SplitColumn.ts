import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Figure from "../Figure.ts"
import type { SeenColumn } from "../formats/VoteColumns.ts"
import { anyRows } from "../sources/anyRows.ts"
import { type FoundRows, RowFlaw } from "../sources/FoundRows.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { mentions } from "../sources/mentions.ts"
import type { SourceError } from "../sources/SourceError.ts"

/** The column by which rows of files whose names show no split are told apart. */
export interface SplitColumn {
  readonly name: string
  /** The splits that it names, sorted; null stands for "train". */
  readonly splits: ReadonlyArray<string>
}

const name = "split"
/** More values are no splits. */
const maxSplits = 20
const splitName = /^\w+(?:[-.]\w+)*$/
const usualName = /^(?:train|validation|val|valid|dev|test|eval)(?:ing|uation)?(?![a-z])/i

/**
 * Looks whether the column "split" names splits: at most 20 names, of which at least one begins like a usual one, such as "test" or "train_prefs".
 *
 * Null where no file has such a column of texts, "other" where it holds something else. Any row of JSON may be the first to have it; rows and files
 * without it are of "train". One reading of the files with the column, of that column alone where the format allows it, after a search for its name
 * in JSON whose first rows are without.
 */
export const findSplitColumn = (
  files: ReadonlyArray<Inspection>
): Effect.Effect<SplitColumn | "other" | null, SourceError> =>
  Effect.gen(function* () {
    const holders: Array<Inspection> = []
    for (const file of files) if (yield* holdsSplits(file)) holders.push(file)
    const found = new Set<string>()
    let isEverywhere = holders.length === files.length
    let isOther = false
    yield* Stream.runForEachWhile(anyRows(holders, [name]), ({ rows }) =>
      Effect.sync(() => {
        for (const row of rows) {
          if (row instanceof RowFlaw) continue
          if (!Object.hasOwn(row, name)) {
            isEverywhere = false
            continue
          }
          const split = splitOfValue(row[name])
          isOther ||= !splitName.test(split)
          found.add(split)
        }
        return !isOther && found.size <= maxSplits
      })
    )
    if (found.size === 0) return null
    if (!isEverywhere) found.add("train")
    const splits = [...found].toSorted()
    return isOther || splits.length > maxSplits || !splits.some((split) => usualName.test(split))
      ? "other"
      : { name, splits }
  })

/** Says that a column "split" is none, as a part of a sentence that begins with a semicolon. */
export const noSplitsSaid = '; column "split" names no splits and was not used as such'

/** The columns of the first file, and the column that tells splits apart where only later rows have it. */
export const withSplitColumn = (
  columns: ReadonlyArray<SeenColumn>,
  split: SplitColumn | "other" | null
): ReadonlyArray<SeenColumn> =>
  split === null || split === "other" || columns.some((column) => column.name === split.name)
    ? columns
    : [...columns, { name: split.name, columnType: { kind: "string", nullable: true } }]

/**
 * Says that files show another split than their column "split" names, as a part of a sentence that begins with a semicolon; nothing else.
 *
 * One reading of that column, of the files whose declared columns or first rows have it.
 */
export const overruledSaid = (
  inspections: ReadonlyArray<Inspection>,
  files: ReadonlyArray<{ readonly name: string; readonly split: string }>
): Effect.Effect<string, SourceError> =>
  Effect.gen(function* () {
    const splitOf = new Map(files.map((file) => [file.name, file.split]))
    const holders = inspections.filter(showsSplits)
    const others = new Map<string, Set<string>>()
    let rest = 0
    yield* Stream.runForEachWhile(anyRows(holders, [name]), ({ file, rows }) =>
      Effect.sync(() => {
        for (const row of rows) {
          const value = row instanceof RowFlaw ? null : row[name]
          if (typeof value !== "string" || value === splitOf.get(file) || !usualName.test(value)) continue
          const found = others.get(file) ?? new Set()
          others.set(file, found.add(value))
          rest = Math.max(rest, found.size)
        }
        return rest <= maxSplits
      })
    )
    if (others.size === 0 || rest > maxSplits) return ""
    const [[file, found]] = [...others] as [[string, Set<string>]]
    const more = others.size > 1 ? ` (so too in ${Figure.counted(others.size - 1, "other file")})` : ""
    return `; column "${name}" says ${[...found].toSorted().join(", ")} of rows of "${path.basename(file)}"${more}, and the split of the file, ${splitOf.get(file)!}, counts`
  })

const showsSplits = ({ columns }: Inspection): boolean =>
  columns.some((column) => column.name === name && column.columnType?.kind === "string")

const holdsSplits = (file: Inspection): Effect.Effect<boolean, SourceError> => {
  const isShown = showsSplits(file)
  const isJson = file.format === "jsonl" || file.format === "json"
  return isShown || !isJson ? Effect.succeed(isShown) : mentions({ name: file.file, bytes: file.bytes }, `"${name}"`)
}

/** The split that the value of such a column names: "train" for null, as where a file shows none. */
export const splitOfValue = (value: unknown): string =>
  value === null || value === undefined || value === "" ? "train" : typeof value === "string" ? value : noName

/** Stands for what is no text, and is the name of no split. */
const noName = "?"

/** Which rows are meant: all for null, else those that a column puts into some splits, with rows that could not be read or without. */
export type RowsOf = {
  readonly column: string
  readonly splits: ReadonlyArray<string>
  readonly withFlaws: boolean
} | null

/** Says whether rows are meant whose split is this value. */
export const isOfSplits = ({ splits }: NonNullable<RowsOf>, value: unknown): boolean =>
  splits.includes(splitOfValue(value))

/** The rows that are meant, of those found in a file. */
export const rowsOfSplits = (only: NonNullable<RowsOf>, found: FoundRows): FoundRows => {
  const places = found.rows.flatMap((row, i) =>
    (row instanceof RowFlaw ? only.withFlaws : isOfSplits(only, row[only.column])) ? [i] : []
  )
  return { ...found, rows: places.map((i) => found.rows[i]!), numbers: places.map((i) => found.numbers[i]!) }
}

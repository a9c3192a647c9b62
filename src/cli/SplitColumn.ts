import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
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

/** The columns of the first file, and the column that tells splits apart where only later rows have it. */
export const withSplitColumn = (
  columns: ReadonlyArray<SeenColumn>,
  split: SplitColumn | "other" | null
): ReadonlyArray<SeenColumn> =>
  split === null || split === "other" || columns.some((column) => column.name === split.name)
    ? columns
    : [...columns, { name: split.name, columnType: { kind: "string", nullable: true } }]

/** Says that files show another split than the column names in the first rows, as a part of a sentence that begins with a semicolon; nothing else. */
export const overruledSaid = (first: Inspection, split: string): string => {
  const named = new Set(
    first.sample.map((row) => row[name]).filter((value) => typeof value === "string" && value !== "")
  )
  named.delete(split)
  const others = [...named].filter((value) => usualName.test(String(value)))
  return others.length === 0 || others.length > maxSplits
    ? ""
    : `; column "${name}" says ${others.join(", ")} of rows of "${path.basename(first.file)}", and the split of the file, ${split}, counts`
}

const holdsSplits = (file: Inspection): Effect.Effect<boolean, SourceError> => {
  const isShown = file.columns.some((column) => column.name === name && column.columnType?.kind === "string")
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

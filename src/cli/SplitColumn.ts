import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { SeenColumn } from "../formats/VoteColumns.ts"
import { anyRows } from "../sources/anyRows.ts"
import { type FoundRows, RowFlaw } from "../sources/FoundRows.ts"
import type { Inspection } from "../sources/Inspection.ts"
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
 * Null where files have no such column of texts, "other" where it holds something else. One reading of the files, of that column alone where the format allows it.
 */
export const findSplitColumn = (
  files: ReadonlyArray<Inspection>,
  columns: ReadonlyArray<SeenColumn>
): Effect.Effect<SplitColumn | "other" | null, SourceError> =>
  Effect.gen(function* () {
    const hasColumn = (of: ReadonlyArray<SeenColumn>) =>
      of.some((one) => one.name === name && one.columnType?.kind === "string")
    const declared = files.filter(({ format }) => format !== "jsonl" && format !== "json")
    if (!hasColumn(columns) || !declared.every((file) => hasColumn(file.columns))) return null
    const found = new Set<string>()
    let isOther = false
    yield* Stream.runForEachWhile(anyRows(files, [name]), ({ rows }) =>
      Effect.sync(() => {
        for (const row of rows) {
          if (row instanceof RowFlaw) continue
          const split = splitOfValue(row[name])
          isOther ||= !splitName.test(split)
          found.add(split)
        }
        return !isOther && found.size <= maxSplits
      })
    )
    const splits = [...found].toSorted()
    return isOther || splits.length > maxSplits || !splits.some((split) => usualName.test(split))
      ? "other"
      : { name, splits }
  })

/** The split that the value of such a column names: "train" for null, as where a file shows none. */
const splitOfValue = (value: unknown): string => (typeof value === "string" && value !== "" ? value : "train")

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

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ColumnType } from "../Columns.ts"
import { fitsColumn } from "../formats/fitsColumn.ts"
import type { Holding, Part } from "../formats/Format.ts"
import type { SeenColumn } from "../formats/VoteColumns.ts"
import { anyRows } from "../sources/anyRows.ts"
import { CellTally } from "../sources/CellTally.ts"
import { RowFlaw } from "../sources/FoundRows.ts"
import type { Inspection } from "../sources/Inspection.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { TypeTally } from "../sources/TypeTally.ts"

/** Columns that only later rows have and that are read. */
const maxLate = 1000

/** Parts whose columns have to be what their format wants. */
const texts: ReadonlySet<Part> = new Set(["prompt", "chosen", "rejected", "candidates", "label"])

/**
 * Finds out from all rows of files what the columns beside the texts hold, those too that only later rows of JSON have.
 *
 * `columns` are those that the first rows or the first file show, and `holding` says what they are taken for. A column whose type holds all values
 * keeps it, see `TypeTally` for others, and cells of CSV get the narrowest type. One reading of the files, of Parquet, Arrow and CSV of these columns
 * alone. Memory is a row group, record batch or chunk of text, and a tally for each column, of late ones at most 1,000.
 */
export const wholeColumns = (
  files: ReadonlyArray<Inspection>,
  columns: ReadonlyArray<SeenColumn>,
  { extra, parts }: Holding
): Effect.Effect<ReadonlyArray<SeenColumn>, SourceError> =>
  Effect.gen(function* () {
    const beside = parts.filter(({ part }) => !texts.has(part)).map(({ column }) => column)
    const names = [...new Set([...beside, ...extra.map(({ name }) => name)])]
    const isCells = files[0]!.format === "csv"
    const known = new Map<string, ColumnTally | null>()
    for (const { columnType, name } of columns) {
      const isTallied = columnType !== null && names.includes(name)
      known.set(name, isTallied ? (isCells ? cellTally() : columnTally(name, columnType)) : null)
    }
    const most = columns.length + maxLate
    yield* Stream.runForEach(anyRows(files, names), ({ rows }) =>
      Effect.sync(() => {
        for (const row of rows) {
          if (row instanceof RowFlaw) continue
          for (const name of Object.keys(row)) {
            if (!known.has(name) && known.size < most) known.set(name, columnTally(name, null))
            known.get(name)?.add(row[name])
          }
        }
      })
    )
    const found = new Map(columns.map((column) => [column.name, column]))
    return Array.from(known, ([name, tally]) =>
      tally === null ? found.get(name)! : { ...found.get(name), name, columnType: tally.type() }
    )
  })

interface ColumnTally {
  readonly add: (value: unknown) => void
  readonly type: () => ColumnType | null
}

const columnTally = (name: string, type: ColumnType | null): ColumnTally => {
  const tally = new TypeTally()
  let column = type === null ? null : { name, type: { ...type, nullable: true } }
  return {
    add: (value) => {
      tally.add(value)
      if (column !== null && !fitsColumn(column, value)) column = null
    },
    type: () => column?.type ?? tally.type
  }
}

const cellTally = (): ColumnTally => {
  const tally = new CellTally()
  return {
    add: (value) => {
      if (typeof value === "string") tally.add(value)
    },
    type: () => {
      const { kind } = tally
      return kind === "float" ? { kind, nullable: true, finite: false } : { kind, nullable: true }
    }
  }
}

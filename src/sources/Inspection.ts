import type * as Columns from "../Columns.ts"

/** One column of an inspected file. */
export interface InspectedColumn {
  readonly name: string
  /** The type in the words of the format, also when no column of a pipeline can hold it. */
  readonly type: string
  /** The column type that holds every value, or null when there is none; `Columns.toFields` makes fields of it. */
  readonly columnType: Columns.ColumnType | null
  /** Set where dates, times or decimals of the file are read as texts. */
  readonly becomesText?: true
}

/** What a file says about itself. */
export interface Inspection {
  readonly format: "parquet" | "arrow file" | "arrow stream" | "jsonl" | "json" | "csv"
  readonly compression: "gzip" | "zstd" | null
  readonly file: string
  readonly bytes: number
  readonly columns: ReadonlyArray<InspectedColumn>
  /** How many rows the columns were inferred from, or null when the file declares them. */
  readonly inferredFrom: number | null
  /** Rows in the file, or null when only reading all of it could tell. */
  readonly nRows: number | null
  /** Row groups or record batches, where the format has them and counts them. */
  readonly rowGroups?: number
  /** The metadata that the file carries, each value cut after 200 characters. */
  readonly metadata: Readonly<Record<string, string>>
  /** The first rows, as values of JSON. */
  readonly sample: ReadonlyArray<Readonly<Record<string, unknown>>>
}

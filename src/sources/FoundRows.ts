/** Why one row cannot be used: a short stable reason, the place inside the row, what was found and what was wanted. */
export class RowFlaw {
  readonly reason: string
  readonly column: string | null
  readonly found: string
  readonly wanted: string
  constructor(reason: string, found: string, wanted: string, column: string | null = null) {
    this.reason = reason
    this.column = column
    this.found = found
    this.wanted = wanted
  }
}

/** The values of one row by column name, as a format gives them. */
export type FoundRow = Readonly<Record<string, unknown>>

/** Rows of one file as a format gives them, before their values are checked. */
export interface FoundRows {
  readonly file: string
  /** What `numbers` count. */
  readonly unit: "line" | "row" | "element"
  /** Objects by column name, or the flaw that kept a row from being one. */
  readonly rows: ReadonlyArray<FoundRow | RowFlaw>
  /** The number of each row in its file, from 1. */
  readonly numbers: ReadonlyArray<number>
}

import * as Columns from "../Columns.ts"
import type { CheckedRow } from "./RowWriter.ts"
import { badRow, type SinkError, type Target } from "./SinkError.ts"

/**
 * Looks at every row before it is written and counts them.
 *
 * A file format would turn a lone surrogate into U+FFFD, 1.5 into 1 or `undefined` into null without a word. Cost: one visit
 * of each scalar.
 */
export class RowCheck {
  readonly #columns: ReadonlyArray<Columns.Column>
  #nRows = 0

  constructor(columns: ReadonlyArray<Columns.Column>) {
    this.#columns = columns
  }

  /** Says why the next row cannot be written, or `undefined` when it can. */
  next(row: unknown, target: Target): SinkError | undefined {
    const index = this.#nRows++
    if (typeof row !== "object" || row === null) return badRow(target, index, "", String(row), "an object")
    for (const column of this.#columns) {
      const found = Columns.mismatch(column, (row as CheckedRow)[column.name])
      if (found !== undefined) return badRow(target, index, found.column, found.found, found.wanted)
    }
    return undefined
  }
}

/**
 * Rows of which most entries are zero: row i has the columns `columns[starts[i]]` up to `columns[starts[i + 1]]`
 * (exclusive), with the values at the same places.
 *
 * `starts` has one entry more than there are rows and rises from 0; columns are from 0 to `nColumns - 1`, each at most
 * once a row, in no order.
 */
export interface SparseRows {
  readonly nColumns: number
  readonly starts: Float64Array
  readonly columns: Int32Array
  readonly values: Float32Array
}

/** Builds sparse rows entry by entry in typed arrays that grow: 8 bytes an entry, at most twice that while growing. */
export class SparseRowsBuilder {
  readonly #nColumns: number
  readonly #starts: Array<number> = [0]
  #columns = new Int32Array(1024)
  #values = new Float32Array(1024)
  #length = 0

  constructor(nColumns: number) {
    this.#nColumns = nColumns
  }

  /** Adds an entry to the row that is open. */
  push(column: number, value: number): void {
    if (this.#length === this.#columns.length) {
      const columns = new Int32Array(this.#length * 2)
      columns.set(this.#columns)
      this.#columns = columns
      const values = new Float32Array(this.#length * 2)
      values.set(this.#values)
      this.#values = values
    }
    this.#columns[this.#length] = column
    this.#values[this.#length++] = value
  }

  /** Ends the row that is open and opens the next one. */
  endRow(): void {
    this.#starts.push(this.#length)
  }

  /** The rows ended so far; views that are valid until the next `push`. */
  rows(): SparseRows {
    return {
      nColumns: this.#nColumns,
      starts: Float64Array.from(this.#starts),
      columns: this.#columns.subarray(0, this.#length),
      values: this.#values.subarray(0, this.#length)
    }
  }
}

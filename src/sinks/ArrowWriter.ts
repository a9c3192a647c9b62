import * as Arrow from "apache-arrow"
import * as Columns from "../Columns.ts"
import { type ArrowColumn, arrowColumn } from "./ArrowColumns.ts"
import type { CheckedRow } from "./RowWriter.ts"

const maxBatchRows = 1000
const maxBatchBytes = 64 << 20

/** Hands every piece the library writes on at once, in place of gathering them. */
class PassingQueue extends Arrow.AsyncByteQueue<Uint8Array<ArrayBuffer>> {
  readonly #append: (bytes: Uint8Array) => void

  constructor(append: (bytes: Uint8Array) => void) {
    super()
    this.#append = append
  }

  override write(piece: ArrayBufferView<ArrayBuffer>): void {
    this.#append(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength))
  }
}

/**
 * Writes rows as an Arrow IPC file, a record batch of 1,000 rows or 64 MiB at a time.
 *
 * Columns are built in our own buffers, four times as fast as with the library's builders; messages and footer are the
 * library's.
 */
export class ArrowWriter {
  readonly #schema: Arrow.Schema
  readonly #columns: ReadonlyArray<readonly [string, ArrowColumn]>
  readonly #writer = new Arrow.RecordBatchFileWriter()
  #nBatchRows = 0
  #batchBytes = 0
  #rawBytes = 0

  constructor(columns: ReadonlyArray<Columns.Column>, append: (bytes: Uint8Array) => void) {
    this.#schema = Columns.toArrow(columns, Arrow)
    this.#columns = columns.map((column) => [column.name, arrowColumn(column.type)])
    this.#writer.reset(new PassingQueue(append), this.#schema)
  }

  get rawBytes(): number {
    return this.#rawBytes
  }

  /** True when `writeBatch` has to come before the next row. */
  get batchIsFull(): boolean {
    return this.#nBatchRows >= maxBatchRows || this.#batchBytes >= maxBatchBytes
  }

  add(row: CheckedRow): void {
    let nBytes = 0
    for (const [name, column] of this.#columns) nBytes += column.add(row[name])
    this.#nBatchRows++
    this.#batchBytes += nBytes
    this.#rawBytes += nBytes
  }

  writeBatch(): void {
    const { fields } = this.#schema
    const children = this.#columns.map(([, column], i) => column.take(fields[i]!.type))
    const type = new Arrow.Struct(fields)
    this.#writer.write(
      new Arrow.RecordBatch(this.#schema, Arrow.makeData({ type, length: this.#nBatchRows, nullCount: 0, children }))
    )
    this.#nBatchRows = 0
    this.#batchBytes = 0
  }

  finish(): void {
    if (this.#nBatchRows > 0) this.writeBatch()
    this.#writer.finish()
  }
}

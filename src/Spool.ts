import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { RowCodec } from "./RowCodec.ts"

const bufferBytes = 1 << 20

/**
 * Rows on disk: written once in order, then read in order or by index.
 *
 * Rows come back as they were, with NaN, null and missing keys intact. Memory is 8 bytes a row and two buffers of 1 MiB, more
 * only for a larger row. Synchronous, one user; call `seal` between writing and reading.
 */
export class Spool<Row> {
  readonly #descriptor: number
  readonly #codec = new RowCodec()
  #offsets = new Float64Array(1024)
  #nRows = 0
  #nFlushed = 0
  #buffer = Buffer.alloc(0)

  static #nOpened = 0

  /** Makes the file; throws where it exists already. */
  constructor(file: string) {
    this.#descriptor = fs.openSync(file, "wx+")
  }

  /** Opens a file of its own in `folder`, however often a name comes again; it is closed and removed with the scope. */
  static readonly scoped = Effect.fnUntraced(function* <Kept>(folder: string, name: string) {
    const file = path.join(folder, `${Spool.#nOpened++}-${name.replaceAll(/[^\w#-]/g, "_").slice(0, 64)}.rows`)
    const open = Effect.sync(() => new Spool<Kept>(file))
    return yield* Effect.acquireRelease(open, (spool) =>
      Effect.sync(() => {
        fs.closeSync(spool.#descriptor)
        fs.rmSync(file, { force: true })
      })
    )
  })

  get nRows(): number {
    return this.#nRows
  }

  write(row: Row): void {
    this.#codec.append(row)
    if (++this.#nRows === this.#offsets.length) {
      const grown = new Float64Array(this.#offsets.length * 2)
      grown.set(this.#offsets)
      this.#offsets = grown
    }
    this.#offsets[this.#nRows] = this.#nFlushed + this.#codec.length
    if (this.#codec.length >= bufferBytes) this.seal()
  }

  /** Puts what is still in memory on disk. */
  seal(): void {
    const { bytes } = this.#codec
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#descriptor, bytes, at)
    this.#nFlushed += bytes.length
    this.#codec.clear()
  }

  /** Reads one row; `index` counts from 0 in writing order. */
  read(index: number): Row {
    return this.#decode(index, index + 1)[0]!
  }

  /** Reads rows `from` (inclusive) up to as many as fit 1 MiB, at least one, at most `limit`. */
  readSome(from: number, limit: number): Array<Row> {
    const start = this.#offsets[from]!
    const last = Math.min(this.#nRows, from + limit)
    let to = from + 1
    while (to < last && this.#offsets[to + 1]! - start <= bufferBytes) to++
    return this.#decode(from, to)
  }

  #decode(from: number, to: number): Array<Row> {
    if (!(Number.isInteger(from) && from >= 0 && to <= this.#nRows)) {
      throw new RangeError(`Cannot read spooled row ${from}: found ${this.#nRows} rows, expected more`)
    }
    const start = this.#offsets[from]!
    const nBytes = this.#offsets[to]! - start
    if (this.#buffer.length < nBytes) this.#buffer = Buffer.allocUnsafe(Math.max(nBytes, bufferBytes))
    for (let at = 0; at < nBytes;) {
      const nRead = fs.readSync(this.#descriptor, this.#buffer, at, nBytes - at, start + at)
      if (nRead === 0)
        throw new Error(`Cannot read spooled row ${from}: found the end of the file, expected "seal" before`)
      at += nRead
    }
    const rows: Array<Row> = []
    for (let i = from; i < to; i++) rows.push(this.#codec.decode(this.#buffer, this.#offsets[i]! - start) as Row)
    return rows
  }
}

import type { Bounds } from "./ParquetLeaf.ts"

/**
 * The smallest and largest of the texts in a buffer, in byte order.
 *
 * UTF-8 in byte order is Unicode in code point order, which UTF-16 in unit order is not. Keeps places, not copies, so the
 * buffer may be moved to a larger one but not be written over.
 */
export class ByteBounds {
  #hasValue = false
  #minStart = 0
  #minEnd = 0
  #maxStart = 0
  #maxEnd = 0
  /** First byte of each bound, -1 for the empty text: most values are told apart by it. */
  #minFirst = -1
  #maxFirst = -1

  note(buffer: Buffer, start: number, end: number): void {
    const first = start === end ? -1 : buffer[start]!
    if (!this.#hasValue) {
      this.#hasValue = true
      this.#setMin(start, end, first)
      this.#setMax(start, end, first)
      return
    }
    if (first < this.#minFirst) this.#setMin(start, end, first)
    else if (first === this.#minFirst && buffer.compare(buffer, this.#minStart, this.#minEnd, start, end) < 0) {
      this.#setMin(start, end, first)
    }
    if (first > this.#maxFirst) this.#setMax(start, end, first)
    else if (first === this.#maxFirst && buffer.compare(buffer, this.#maxStart, this.#maxEnd, start, end) > 0) {
      this.#setMax(start, end, first)
    }
  }

  /** The bounds as copies, and a new start; `undefined` when nothing was noted. */
  take(buffer: Buffer): Bounds | undefined {
    if (!this.#hasValue) return undefined
    this.#hasValue = false
    return {
      // Not Buffer.from: a small one would keep the 8 kB it was cut from alive until the footer is written.
      min: new Uint8Array(buffer.subarray(this.#minStart, this.#minEnd)),
      max: new Uint8Array(buffer.subarray(this.#maxStart, this.#maxEnd)),
      hasNaN: false
    }
  }

  #setMin(start: number, end: number, first: number): void {
    this.#minStart = start
    this.#minEnd = end
    this.#minFirst = first
  }

  #setMax(start: number, end: number, first: number): void {
    this.#maxStart = start
    this.#maxEnd = end
    this.#maxFirst = first
  }
}

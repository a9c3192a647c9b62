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
  /** The start of each bound as a number: most values are told apart by it. */
  #minHead = 0
  #maxHead = 0

  note(buffer: Buffer, start: number, end: number): void {
    const head = headOf(buffer, start, end)
    if (!this.#hasValue) {
      this.#hasValue = true
      this.#setMin(start, end, head)
      this.#setMax(start, end, head)
      return
    }
    if (head < this.#minHead) this.#setMin(start, end, head)
    else if (head === this.#minHead && buffer.compare(buffer, this.#minStart, this.#minEnd, start, end) < 0) {
      this.#setMin(start, end, head)
    }
    if (head > this.#maxHead) this.#setMax(start, end, head)
    else if (head === this.#maxHead && buffer.compare(buffer, this.#maxStart, this.#maxEnd, start, end) > 0) {
      this.#setMax(start, end, head)
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

  #setMin(start: number, end: number, head: number): void {
    this.#minStart = start
    this.#minEnd = end
    this.#minHead = head
  }

  #setMax(start: number, end: number, head: number): void {
    this.#maxStart = start
    this.#maxEnd = end
    this.#maxHead = head
  }
}

/** The first six bytes as a number that sorts like them, with zeros behind a text that is shorter. */
const headOf = (buffer: Buffer, start: number, end: number): number =>
  end - start >= 6
    ? 0x1000000 * ((buffer[start]! << 16) | (buffer[start + 1]! << 8) | buffer[start + 2]!) +
      ((buffer[start + 3]! << 16) | (buffer[start + 4]! << 8) | buffer[start + 5]!)
    : shortHead(buffer, start, end)

const shortHead = (buffer: Buffer, start: number, end: number): number => {
  let head = 0
  for (let i = start; i < start + 6; i++) head = 256 * head + (i < end ? buffer[i]! : 0)
  return head
}

import type { Utf8Text } from "../Utf8Text.ts"
import { grown } from "./ParquetLeaf.ts"

/**
 * The distinct texts of a row group and where each stands in a buffer that has one behind the other.
 *
 * Texts are told apart by their UTF-8, so that those which come as bytes need not become strings.
 */
export class ParquetDictionary {
  /** Where each text starts. */
  readonly starts: Array<number> = []
  /** The text of each value so far. */
  indexes = new Int32Array(256)
  nIndexes = 0
  /** What the values would take without a dictionary. */
  plainBytes = 0
  readonly #strings = new Map<string, number>()
  /** 1 and the index of a text at or behind the place that its hash says; 0 where there is none. */
  #table = new Int32Array(1024)
  #hashes = new Int32Array(256)

  /** The index of a string that was kept before. */
  indexOf(value: string): number | undefined {
    return this.#strings.get(value)
  }

  /** Keeps the index of a string. */
  keep(value: string, index: number): void {
    this.#strings.set(value, index)
  }

  /** The index of a text; when that is the number of texts so far, it is new, and its start is to be put into `starts`. */
  find({ buffer, end, start }: Utf8Text, texts: Buffer, nBytes: number): number {
    const { starts } = this
    const n = starts.length
    const hash = hashOf(buffer, start, end)
    let at = hash & (this.#table.length - 1)
    for (let known = this.#table[at]!; known > 0; known = this.#table[at]!) {
      const index = known - 1
      const from = starts[index]!
      const to = index + 1 < n ? starts[index + 1]! : nBytes
      if (this.#hashes[index] === hash && texts.compare(buffer, start, end, from, to) === 0) return index
      at = (at + 1) & (this.#table.length - 1)
    }
    if (n === this.#hashes.length) this.#hashes = grown(this.#hashes)
    this.#hashes[n] = hash
    this.#table[at] = n + 1
    if (2 * n >= this.#table.length) this.#enlarge(n + 1)
    return n
  }

  /** Adds a value. */
  add(index: number, nBytes: number): void {
    this.plainBytes += nBytes
    if (this.nIndexes === this.indexes.length) this.indexes = grown(this.indexes)
    this.indexes[this.nIndexes++] = index
  }

  #enlarge(n: number): void {
    const table = new Int32Array(2 * this.#table.length)
    for (let index = 0; index < n; index++) {
      let at = this.#hashes[index]! & (table.length - 1)
      while (table[at]! > 0) at = (at + 1) & (table.length - 1)
      table[at] = index + 1
    }
    this.#table = table
  }
}

/** A hash of all bytes, four at a time. */
const hashOf = (bytes: Buffer, start: number, end: number): number => {
  let hash = end - start
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash ^ (hash >>> 13)
}

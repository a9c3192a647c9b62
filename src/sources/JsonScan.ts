import type { Utf8Text } from "../Utf8Text.ts"
import { wholeNumber } from "../wholeNumber.ts"

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const point = 0x2e

/** Escapes of one character, by that character. */
const escapes = new Uint8Array(128)
for (const [letter, code] of [
  ['"', 0x22],
  ["\\", 0x5c],
  ["/", 0x2f],
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9]
] as const)
  escapes[letter.charCodeAt(0)] = code

/** Powers of ten that a float64 holds exactly. */
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/**
 * Reads texts and numbers out of lines of JSON, without making a string or an object.
 *
 * The bytes have to be UTF-8. What is read starts at `at`, which is moved behind it. Anything that is not clearly right, also what is no
 * JSON at all, is for a parser, and then `at` says nothing.
 */
export class JsonScan {
  at = 0
  /** The bytes that are scanned, as words of four. */
  words: DataView = wordsOf(Buffer.alloc(0))
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  readonly #stopsAtMarkers: boolean
  /** The texts of the line, one behind the other. */
  #out = Buffer.allocUnsafeSlow(1 << 14)
  #outWords = wordsOf(this.#out)
  #nOut = 0

  /** With `stopsAtMarkers`, a text ends also where a Human or Assistant marker of HH-RLHF begins. */
  constructor(stopsAtMarkers: boolean) {
    this.#stopsAtMarkers = stopsAtMarkers
  }

  /** Starts a line; texts of the line before are written over. */
  begin(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.words = wordsOf(bytes)
    }
    // No text gets longer when it is read.
    const nBytes = end - start + 4
    if (this.#out.length < nBytes) {
      this.#out = Buffer.allocUnsafeSlow(nBytes + (nBytes >> 2))
      this.#outWords = wordsOf(this.#out)
    }
    this.#nOut = 0
    this.#end = end
    this.at = start
  }

  /** Reads a text from inside its quotes, four bytes at a time up to the next quote, backslash or control character. */
  text(into: Utf8Text): boolean {
    const bytes = this.#bytes
    const from = this.words
    const out = this.#out
    const outWords = this.#outWords
    const start = this.#nOut
    const end = this.#end
    const lastWord = end - 4
    let at = this.at
    let n = start
    for (;;) {
      let marks = 0
      while (at <= lastWord) {
        const word = from.getInt32(at, true)
        // Bytes that turn out not to belong here are written over.
        outWords.setInt32(n, word, true)
        marks = marksOf(word)
        if (marks !== 0) break
        at += 4
        n += 4
      }
      if (marks !== 0) {
        const nPlain = (31 - Math.clz32(marks & -marks)) >> 3
        at += nPlain
        n += nPlain
      } else {
        while (at < end && bytes[at]! >= 0x20 && bytes[at] !== quote && bytes[at] !== backslash) out[n++] = bytes[at++]!
        if (at >= end) return false
      }
      const byte = bytes[at]!
      if (byte === quote) break
      if (byte !== backslash) return false
      const letter = bytes[at + 1]!
      const simple = letter < 128 ? escapes[letter]! : 0
      if (simple > 0) {
        if (simple === 10 && this.#stopsAtMarkers && markerLength(bytes, at) > 0) break
        out[n++] = simple
        at += 2
        continue
      }
      if (letter !== 0x75) return false
      let code = hexAt(bytes, at + 2)
      at += 6
      if (code >= 0xd800 && code < 0xdc00 && bytes[at] === backslash && bytes[at + 1] === 0x75) {
        const low = hexAt(bytes, at + 2)
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00
          at += 6
        }
      }
      // Half a character has no UTF-8, and a marker may be written in escapes.
      if (code < 0 || (code >= 0xd800 && code < 0xe000) || (code < 0x80 && this.#stopsAtMarkers)) return false
      n = putCode(out, n, code)
    }
    into.set(out, start, n)
    this.at = at
    this.#nOut = n
    return true
  }

  /** Says whether two texts of the line are the same up to where one of them ends. */
  startAlike(one: Utf8Text, other: Utf8Text): boolean {
    const words = this.#outWords
    const length = Math.min(one.end - one.start, other.end - other.start)
    let i = 0
    while (i + 4 <= length && words.getInt32(one.start + i) === words.getInt32(other.start + i)) i += 4
    while (i < length && this.#out[one.start + i] === this.#out[other.start + i]) i++
    return i === length
  }

  /** Reads a number as JSON.parse does; NaN for what is none, and for a whole number whose digits no number keeps. */
  number(): number {
    const bytes = this.#bytes
    const start = this.at
    let at = start
    const isNegative = bytes[at] === minus
    if (isNegative) at++
    const first = at
    let value = 0
    let nDigits = 0
    let pointAt = -1
    for (; ; at++) {
      const byte = bytes[at]!
      if (byte >= 0x30 && byte <= 0x39) {
        value = 10 * value + byte - 0x30
        nDigits++
      } else if (byte === point && pointAt < 0 && nDigits > 0) pointAt = at
      else break
    }
    const nDecimals = pointAt < 0 ? 0 : at - pointAt - 1
    if (nDigits - nDecimals > 1 && bytes[first] === 0x30) return NaN
    if (nDigits === 0 || (pointAt >= 0 && nDecimals === 0)) return NaN
    let isExact = nDigits <= 15
    let isWhole = pointAt < 0
    if ((bytes[at]! | 0x20) === 0x65) {
      isExact = isWhole = false
      at++
      if (bytes[at] === minus || bytes[at] === 0x2b) at++
      const firstOfExponent = at
      while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++
      if (at === firstOfExponent) return NaN
    }
    this.at = at
    if (!isExact) {
      const text = bytes.toString("latin1", start, at)
      const number = isWhole ? wholeNumber(text) : Number(text)
      return typeof number === "number" ? number : NaN
    }
    const exact = value / powers[nDecimals]!
    return isNegative ? -exact : exact
  }
}

const markers = ["\\n\\nHuman: ", "\\n\\nAssistant: ", "\\n\\nAssistant:"].map((text) => Buffer.from(text))

/** The length of the marker of a transcript that begins here inside a text, or 0. The last one stands at the end of a text alone. */
export const markerLength = (bytes: Buffer, at: number): number => {
  const initial = bytes[at + 4]
  if (initial !== 0x48 && initial !== 0x41) return 0
  for (let i = 0; i < markers.length; i++) {
    const marker = markers[i]!
    const { length } = marker
    let k = 0
    while (k < length && bytes[at + k] === marker[k]) k++
    if (k === length && (i < 2 || bytes[at + length] === quote)) return length
  }
  return 0
}

const wordsOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length)

/**
 * Marks the quotes, backslashes and control characters among four bytes by their highest bits.
 *
 * The lowest mark, which is the first in the text, is right; above it there may be wrong ones.
 */
const marksOf = (word: number): number => {
  const asQuote = word ^ 0x22222222
  const asBackslash = word ^ 0x5c5c5c5c
  // What is tested here leaves the highest bit of each byte as it is.
  return ((asQuote - 0x01010101) | (asBackslash - 0x01010101) | (word - 0x20202020)) & ~word & 0x80808080
}

/** The number that four hexadecimal digits are, or −1. */
const hexAt = (bytes: Buffer, at: number): number => {
  let code = 0
  for (let k = 0; k < 4; k++) {
    const byte = bytes[at + k]!
    const lower = byte | 0x20
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
    if (digit < 0) return -1
    code = (code << 4) | digit
  }
  return code
}

const putCode = (out: Buffer, n: number, code: number): number => {
  if (code < 0x80) {
    out[n] = code
    return n + 1
  }
  if (code < 0x800) {
    out[n] = 0xc0 | (code >> 6)
    out[n + 1] = 0x80 | (code & 0x3f)
    return n + 2
  }
  if (code < 0x10000) {
    out[n] = 0xe0 | (code >> 12)
    out[n + 1] = 0x80 | ((code >> 6) & 0x3f)
    out[n + 2] = 0x80 | (code & 0x3f)
    return n + 3
  }
  out[n] = 0xf0 | (code >> 18)
  out[n + 1] = 0x80 | ((code >> 12) & 0x3f)
  out[n + 2] = 0x80 | ((code >> 6) & 0x3f)
  out[n + 3] = 0x80 | (code & 0x3f)
  return n + 4
}

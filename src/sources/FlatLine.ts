import { Utf8Text } from "../Utf8Text.ts"

/** A field of a flat object: its key and what its value is. */
export interface FlatField {
  readonly name: string
  readonly kind: "string" | "int" | "float" | "boolean"
  readonly nullable: boolean
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const closing = 0x7d
const opening = 0x7b
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
 * Reads lines of JSON that hold one flat object each, without making a string or an object.
 *
 * `scan` says whether a line is exactly such an object: all keys in the order of the fields, no other key, values of their kinds, no white
 * space but one space behind a colon or a comma. Then `values` hold what it says, until the next line is scanned. What is anything else, also
 * what is no JSON at all, is for a parser. A number counts when it has no exponent and at most 15 digits, so that it is exact.
 */
export class FlatLine {
  readonly values: Array<Utf8Text | number | boolean | null>
  readonly #fields: ReadonlyArray<FlatField>
  readonly #keys: ReadonlyArray<Buffer>
  readonly #texts: ReadonlyArray<Utf8Text>
  /** The bytes that were scanned last, as words of four. */
  #bytes: Buffer = Buffer.alloc(0)
  #words = wordsOf(this.#bytes)
  /** The texts of the line, one behind the other. */
  #out = Buffer.allocUnsafeSlow(1 << 14)
  #outWords = wordsOf(this.#out)
  #nOut = 0
  /** Where the value that was read last ends. */
  #at = 0

  constructor(fields: ReadonlyArray<FlatField>) {
    this.#fields = fields
    this.#keys = fields.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`))
    this.#texts = fields.map(() => new Utf8Text())
    this.values = fields.map(() => null)
  }

  /** Scans the bytes of a line, which are known to be UTF-8. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < 2 || bytes[start] !== opening || bytes[end - 1] !== closing) return false
    const last = end - 1
    this.#prepare(bytes, end - start)
    this.#at = start + 1
    for (let i = 0; i < this.#fields.length; i++) {
      if (i > 0) {
        if (bytes[this.#at] !== comma) return false
        this.#at++
        if (bytes[this.#at] === 0x20) this.#at++
      }
      const key = this.#keys[i]!
      for (let k = 0; k < key.length; k++) if (bytes[this.#at + k] !== key[k]) return false
      this.#at += key.length
      if (bytes[this.#at] === 0x20) this.#at++
      if (!this.#value(i, bytes, last)) return false
    }
    return this.#at === last
  }

  #value(i: number, bytes: Buffer, last: number): boolean {
    const { kind, nullable } = this.#fields[i]!
    const first = bytes[this.#at]!
    if (first === 0x6e) return nullable && this.#literal(bytes, "null") && this.#keep(i, null)
    if (kind === "string") return first === quote && this.#text(i, bytes, last)
    if (kind === "boolean") {
      return first === 0x74
        ? this.#literal(bytes, "true") && this.#keep(i, true)
        : this.#literal(bytes, "false") && this.#keep(i, false)
    }
    return this.#number(i, bytes, kind === "int")
  }

  #keep(i: number, value: Utf8Text | number | boolean | null): true {
    this.values[i] = value
    return true
  }

  #literal(bytes: Buffer, word: string): boolean {
    for (let k = 0; k < word.length; k++) if (bytes[this.#at + k] !== word.charCodeAt(k)) return false
    this.#at += word.length
    return true
  }

  #number(i: number, bytes: Buffer, isInt: boolean): boolean {
    let at = this.#at
    const isNegative = bytes[at] === minus
    if (isNegative) at++
    const start = at
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
    const hasLeadingZero = bytes[start] === 0x30 && nDigits - nDecimals > 1
    const next = bytes[at]
    if (nDigits === 0 || nDigits > 15 || hasLeadingZero || (next !== comma && next !== closing)) return false
    if (pointAt >= 0 && (isInt || nDecimals === 0)) return false
    this.#at = at
    const exact = value / powers[nDecimals]!
    return this.#keep(i, isNegative ? -exact : exact)
  }

  /** Reads a text, four bytes at a time up to the next quote, backslash or control character. */
  #text(i: number, bytes: Buffer, last: number): boolean {
    const from = this.#words
    const out = this.#out
    const into = this.#outWords
    const start = this.#nOut
    const lastWord = last - 4
    let at = this.#at + 1
    let n = start
    for (;;) {
      if (at <= lastWord) {
        const word = from.getInt32(at, true)
        // Bytes that turn out not to belong here are written over.
        into.setInt32(n, word, true)
        const marks = marksOf(word)
        if (marks === 0) {
          at += 4
          n += 4
          continue
        }
        const nPlain = (31 - Math.clz32(marks & -marks)) >> 3
        at += nPlain
        n += nPlain
      } else if (at >= last) return false
      const byte = bytes[at]!
      if (byte === quote) {
        const text = this.#texts[i]!
        text.set(out, start, n)
        this.#at = at + 1
        this.#nOut = n
        return this.#keep(i, text)
      }
      if (byte < 0x20) return false
      if (byte !== backslash) {
        out[n++] = byte
        at++
        continue
      }
      const letter = bytes[at + 1]!
      const simple = letter < 128 ? escapes[letter]! : 0
      if (simple > 0) {
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
      // Half a character has no UTF-8.
      if (code < 0 || (code >= 0xd800 && code < 0xe000)) return false
      n = putCode(out, n, code)
    }
  }

  /** Has the words read from these bytes, and room for all texts of a line: none gets longer when it is read. */
  #prepare(bytes: Buffer, nLine: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#words = wordsOf(bytes)
    }
    if (this.#out.length < nLine) {
      this.#out = Buffer.allocUnsafeSlow(2 * nLine)
      this.#outWords = wordsOf(this.#out)
    }
    this.#nOut = 0
  }
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
  const zeros = ((asQuote - 0x01010101) & ~asQuote) | ((asBackslash - 0x01010101) & ~asBackslash)
  return (zeros | ((word - 0x20202020) & ~word)) & 0x80808080
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

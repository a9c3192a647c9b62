import { hash32, mixBits } from "./hash32.ts"
import { pieceEnd } from "./pieceEnd.ts"
import * as Sign from "./Sign.ts"

/** The runs of neighbouring words of a text, as 32-bit hashes. */
export type Shingles = ReadonlySet<number>

/** Hashes in a signature. */
export const nHashes = 128
/** Neighbouring hashes that make a band: texts that agree in one band are candidates. */
export const bandHashes = 4

/**
 * Cuts a text into its runs of `nWords` neighbouring words, in lower case and without signs.
 *
 * A shorter text is one run, a text without words none. Time O(words).
 */
export const shinglesOf = (text: string, nWords: number): Shingles => new Set(runsOf(text, nWords))

/** The hashes of `shinglesOf` in the order of the text, each as often as its run is there. */
export const runsOf = (text: string, nWords: number): Int32Array => {
  const plain = text.normalize("NFC").toLowerCase()
  const words: Array<number> = []
  for (let from = 0; from < plain.length;) {
    const to = pieceEnd(plain, from)
    if ((Sign.at(plain, from) & Sign.lettered) !== 0) words.push(hash32(plain, 0, from, to))
    from = to
  }
  const length = Math.min(nWords, words.length)
  const runs = new Int32Array(length === 0 ? 0 : words.length - length + 1)
  for (let i = 0; i < runs.length; i++) {
    let hash = 0
    for (let k = i; k < i + length; k++) hash = mixBits(Math.imul(hash, 31) ^ words[k]!)
    runs[i] = hash
  }
  return runs
}

/** Odd factors and offsets: each pair permutes the 32-bit integers. */
const factors = Int32Array.from({ length: nHashes }, (_, k) => mixBits(k + 1) | 1)
const offsets = Int32Array.from({ length: nHashes }, (_, k) => mixBits(-k - 1))

/**
 * Writes the signature of a text: the smallest of each of the hashes over its runs, each once or more often.
 *
 * The share in which two signatures agree estimates the Jaccard similarity of the two sets.
 *
 * Source: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900
 */
export const sign = (shingles: Iterable<number>, signature: Int32Array): void => {
  const runs = new Int32Array(shingles)
  // A band at a time over all runs, so that its smallest values stay in registers; without a condition, because where a
  // smaller one comes cannot be guessed.
  for (let k = 0; k < nHashes; k += bandHashes) {
    const [factorA, factorB, factorC, factorD] = [factors[k]!, factors[k + 1]!, factors[k + 2]!, factors[k + 3]!]
    const [offsetA, offsetB, offsetC, offsetD] = [offsets[k]!, offsets[k + 1]!, offsets[k + 2]!, offsets[k + 3]!]
    let [a, b, c, d] = [0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff]
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!
      a = lower(a, (Math.imul(run, factorA) + offsetA) | 0)
      b = lower(b, (Math.imul(run, factorB) + offsetB) | 0)
      c = lower(c, (Math.imul(run, factorC) + offsetC) | 0)
      d = lower(d, (Math.imul(run, factorD) + offsetD) | 0)
    }
    signature[k] = a
    signature[k + 1] = b
    signature[k + 2] = c
    signature[k + 3] = d
  }
}

const lower = (a: number, b: number): number => a ^ ((a ^ b) & -Number(b < a))

/** The key of the band of a signature that begins at `from`. */
export const bandKey = (signature: Int32Array, from: number): number => {
  let key = 0
  for (let k = from; k < from + bandHashes; k++) key = mixBits(Math.imul(key, 31) ^ signature[k]!)
  return key
}

import { hash32, mixBits } from "./hash32.ts"
import { splitWords } from "./splitWords.ts"

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
export const shinglesOf = (text: string, nWords: number): Shingles => {
  const words = splitWords(text.normalize("NFC").toLowerCase()).filter((piece) => /^[\p{L}\p{M}\p{N}]/u.test(piece))
  const shingles = new Set<number>()
  if (words.length === 0) return shingles
  const hashes = words.map((word) => hash32(word, 0))
  for (let i = 0; i === 0 || i + nWords <= words.length; i++) {
    let hash = 0
    for (const word of hashes.slice(i, i + nWords)) hash = mixBits(Math.imul(hash, 31) ^ word)
    shingles.add(hash)
  }
  return shingles
}

/** Odd factors and offsets: each pair permutes the 32-bit integers. */
const factors = Int32Array.from({ length: nHashes }, (_, k) => mixBits(k + 1) | 1)
const offsets = Int32Array.from({ length: nHashes }, (_, k) => mixBits(-k - 1))

/**
 * Writes the signature of a text: the smallest of each of the hashes over its runs.
 *
 * The share in which two signatures agree estimates the Jaccard similarity of the two sets.
 *
 * Source: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900
 */
export const sign = (shingles: Shingles, signature: Int32Array): void => {
  const runs = Int32Array.from(shingles)
  // One hash at a time over all runs, so that its smallest value stays in a register.
  for (let k = 0; k < nHashes; k++) {
    const factor = factors[k]!
    const offset = offsets[k]!
    let smallest = 0x7fffffff
    for (let i = 0; i < runs.length; i++) {
      const hash = (Math.imul(runs[i]!, factor) + offset) | 0
      if (hash < smallest) smallest = hash
    }
    signature[k] = smallest
  }
}

/** The key of the band of a signature that begins at `from`. */
export const bandKey = (signature: Int32Array, from: number): number => {
  let key = 0
  for (let k = from; k < from + bandHashes; k++) key = mixBits(Math.imul(key, 31) ^ signature[k]!)
  return key
}

import { hash128 } from "./keyedRandom.ts"
import { HashIndex } from "./HashIndex.ts"
import { bandHashes, bandKey, nHashes, shinglesOf, sign } from "./Shingles.ts"
import { TypedList } from "./TypedList.ts"

/**
 * Groups texts that share most of their word sequences, without keeping the texts.
 *
 * A text is the set of its shingles, runs of three neighbouring words in lower case without signs; a shorter text is one
 * shingle, a text without words none and alike to none but itself. Of each different text 128 hashes are kept, the smallest over its
 * shingles: the share in which two texts agree estimates the Jaccard similarity of their sets, with a standard error of
 * `sqrt(s (1 - s) / 128)`, 0.035 at 0.8. Memory some 550 bytes a different text, however long.
 *
 * Deterministic: hashes have fixed seeds. Time O(words) a text.
 *
 * Source: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900
 */
export class MinHash {
  readonly #index = new HashIndex()
  /** The hashes of 1024 texts each, so that nothing is copied while they grow. */
  readonly #blocks: Array<Int32Array> = []
  /** Two words of hash for each text: the order in which groups are made. */
  readonly #order = new TypedList(Int32Array)
  readonly #isEmpty = new TypedList(Uint8Array)

  /** Different texts so far. */
  get size(): number {
    return this.#index.size
  }

  /** Takes in a text and returns its number: 0, 1, 2, … in the order in which different texts are first seen. */
  add(text: string): number {
    const number = this.#index.add(text)
    if (number < this.#isEmpty.length) return number
    if (number % blockTexts === 0) this.#blocks.push(new Int32Array(blockTexts * nHashes))
    const shingles = shinglesOf(text, shingleWords)
    sign(shingles, this.#signature(number))
    const [first, second] = hash128(text)
    this.#order.push(first)
    this.#order.push(second)
    this.#isEmpty.push(Number(shingles.size === 0))
    return number
  }

  /**
   * Calls `join` for pairs of texts whose estimated similarity reaches `threshold`, enough to hold their groups together.
   *
   * Candidates are texts that agree in one of 32 bands of 4 hashes: at similarity s with probability `1 - (1 - s^4)^32`,
   * 0.9999999 at 0.8, 0.99 at 0.6, 0.87 at 0.5. Within a band a text is compared with the last 20 groups of its bucket at most,
   * each by one text. Groups are connected by pairs: their ends may be less alike than the threshold. `isJoined` says whether
   * two texts are in one group already. Which groups come out does not depend on the order in which texts came.
   */
  alike(threshold: number, isJoined: (a: number, b: number) => boolean, join: (a: number, b: number) => void): void {
    const isEmpty = this.#isEmpty.values
    const ranking = this.#ranking()
    for (let band = 0; band < nHashes; band += bandHashes) {
      const buckets = new Map<number, Array<number>>()
      for (const text of ranking) {
        if (isEmpty[text] === 1) continue
        const key = bandKey(this.#signature(text), band)
        const bucket = buckets.get(key)
        if (bucket === undefined) {
          buckets.set(key, [text])
          continue
        }
        let nTried = 0
        let isRepresented = false
        for (let k = bucket.length - 1; k >= 0 && nTried < maxTried; k--) {
          const other = bucket[k]!
          if (isJoined(text, other)) {
            isRepresented = true
            continue
          }
          nTried++
          if (agreement(this.#signature(text), this.#signature(other)) < threshold) continue
          join(text, other)
          isRepresented = true
        }
        // One text stands for its group, so that a bucket of a thousand variants stays short.
        if (!isRepresented) bucket.push(text)
      }
    }
  }

  #signature(text: number): Int32Array {
    const from = (text % blockTexts) * nHashes
    return this.#blocks[Math.floor(text / blockTexts)]!.subarray(from, from + nHashes)
  }

  /** The texts in an order that depends on them alone, not on the order in which they came. */
  #ranking(): ReadonlyArray<number> {
    const order = this.#order.values
    return Array.from({ length: this.size }, (_, i) => i).sort(
      (a, b) => order[2 * a]! - order[2 * b]! || order[2 * a + 1]! - order[2 * b + 1]!
    )
  }
}

const blockTexts = 1024
const maxTried = 20
const shingleWords = 3
const agreement = (a: Int32Array, b: Int32Array): number => {
  let nEqual = 0
  for (let k = 0; k < nHashes; k++) if (a[k] === b[k]) nEqual++
  return nEqual / nHashes
}

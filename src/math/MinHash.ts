import { HashIndex } from "./HashIndex.ts"
import { bandHashes, bandKey, nHashes, runsOf, sign } from "./Shingles.ts"
import { TypedList } from "./TypedList.ts"

/**
 * Groups texts that share most of their word sequences, without keeping the texts.
 *
 * A text is the set of its shingles, runs of three neighbouring words in lower case without signs; a shorter text is one
 * shingle. A text without words has none and is alike to those alone that differ from it in white space. Of each different text 128 hashes are kept, the smallest over its
 * shingles: the share in which two texts agree estimates the Jaccard similarity of their sets, with a standard error of
 * `sqrt(s (1 - s) / 128)`, 0.035 at 0.8. Memory some 550 bytes a different text, however long.
 *
 * Short texts are hardly ever alike: one other word within a text is in three of its runs, so that two such texts reach 0.8 from
 * 29 words on (at their first or last word from 11 on), and 0.5 from 11 on.
 *
 * Deterministic: hashes have fixed seeds. Time O(words) a text.
 *
 * Source: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900
 */
export class MinHash {
  readonly #index = new HashIndex()
  /** The hashes of 1024 texts each, so that nothing is copied while they grow. */
  readonly #blocks: Array<Int32Array> = []
  /** Texts without words and without their white space. */
  readonly #bare = new HashIndex()
  /** Of each text its number in `#bare`; -1 where it has words. */
  readonly #wordless = new TypedList(Int32Array)

  /** Different texts so far. */
  get size(): number {
    return this.#index.size
  }

  /** Takes in a text and returns its number: 0, 1, 2, … in the order in which different texts are first seen. */
  add(text: string): number {
    const number = this.#index.add(text)
    if (number < this.#wordless.length) return number
    if (number % blockTexts === 0) this.#blocks.push(new Int32Array(blockTexts * nHashes))
    const runs = runsOf(text, shingleWords)
    sign(runs, this.#signature(number))
    this.#wordless.push(runs.length > 0 ? -1 : this.#bare.add(text.replaceAll(/\s+/g, "")))
    return number
  }

  /**
   * Calls `join` for pairs of texts whose estimated similarity reaches `threshold`, enough to hold their groups together.
   *
   * Compared are texts that agree in one of 32 bands of 4 hashes: at similarity s with probability `1 - (1 - s^4)^32`,
   * 0.99 at 0.6, 0.87 at 0.5; two texts estimated at 0.76 or more always do. The texts that agree in a band stand in the order of the
   * bands before it, so that neighbours are alike in more than one. Each is compared with the last 48 of them that are not in its
   * group already, among the last 192: up to 49 such texts are all compared with each other, and in larger crowds a text that
   * resembles few of a group may stay outside. Groups are connected by pairs: their ends may be less alike than the threshold. `isJoined`
   * says whether two texts are in one group already. Which groups come out does not depend on the order in which texts came.
   */
  alike(threshold: number, isJoined: (a: number, b: number) => boolean, join: (a: number, b: number) => void): void {
    const wordless = this.#wordless.values
    /** By number in `#bare`: the first of its texts. */
    const firstBare = new Map<number, number>()
    for (const [text, bare] of wordless.entries()) {
      if (bare < 0) continue
      const first = firstBare.get(bare)
      if (first === undefined) firstBare.set(bare, text)
      else if (!isJoined(text, first)) join(text, first)
    }
    const keys = new Int32Array(this.size)
    const sort = stableSort(
      Int32Array.from(wordless.keys()).filter((text) => wordless[text]! < 0),
      keys
    )
    // First an order that depends on the texts alone, not on the order in which they came.
    for (const word of [1, 0]) {
      for (let text = 0; text < keys.length; text++) keys[text] = this.#index.word(text, word)
      sort()
    }
    const mostUnequal = nHashes - Math.ceil(threshold * nHashes)
    for (let band = 0; band < nHashes; band += bandHashes) {
      for (let text = 0; text < keys.length; text++) {
        keys[text] = bandKey(this.#blocks[Math.floor(text / blockTexts)]!, (text % blockTexts) * nHashes + band)
      }
      const order = sort()
      let start = 0
      for (let at = 1; at < order.length; at++) {
        const text = order[at]!
        if (keys[text] !== keys[order[start]!]) start = at
        const end = Math.max(start, at - mostSeen)
        let nCompared = 0
        for (let next = at - 1; next >= end && nCompared < mostCompared; next--) {
          const other = order[next]!
          if (isJoined(text, other)) continue
          nCompared++
          if (isAlike(this.#signature(text), this.#signature(other), mostUnequal)) join(text, other)
        }
      }
    }
  }

  #signature(text: number): Int32Array {
    const from = (text % blockTexts) * nHashes
    return this.#blocks[Math.floor(text / blockTexts)]!.subarray(from, from + nHashes)
  }
}

const blockTexts = 1024
/** How many of the texts before it in a band a text is compared with, and among how many. */
const [mostCompared, mostSeen] = [48, 192]
const shingleWords = 3

const isAlike = (a: Int32Array, b: Int32Array, mostUnequal: number): boolean => {
  let nUnequal = 0
  for (let k = 0; k < nHashes; k++) if (a[k] !== b[k] && ++nUnequal > mostUnequal) return false
  return true
}

/**
 * Sorts numbers by their entry in `keys` as it is at each call; equal ones stay in the order of the call before.
 *
 * Two passes over half of the bits each; the result is valid until the next call.
 */
const stableSort = (numbers: Int32Array, keys: Int32Array): (() => Int32Array) => {
  let [order, spare]: [Int32Array, Int32Array] = [numbers, new Int32Array(numbers.length)]
  const starts = new Int32Array(halfKeys + 1)
  return () => {
    for (const shift of [0, 16]) {
      starts.fill(0)
      for (const number of order) starts[((keys[number]! >>> shift) & (halfKeys - 1)) + 1]!++
      for (let half = 0; half < halfKeys; half++) starts[half + 1]! += starts[half]!
      for (const number of order) spare[starts[(keys[number]! >>> shift) & (halfKeys - 1)]!++] = number
      ;[order, spare] = [spare, order]
    }
    return order
  }
}

const halfKeys = 2 ** 16

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
   * Candidates are texts that agree in one of 32 bands of 4 hashes: at similarity s with probability `1 - (1 - s^4)^32`,
   * 0.9999999 at 0.8, 0.99 at 0.6, 0.87 at 0.5. Within a band a text is compared with the last 20 groups of its bucket at most,
   * each by one text. Groups are connected by pairs: their ends may be less alike than the threshold. `isJoined` says whether
   * two texts are in one group already. Which groups come out does not depend on the order in which texts came.
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
    const ranking = this.#ranking()
    const keys = new Int32Array(this.size)
    /** A bucket is a chain: from the text that came last, plus one, to the one before it; 0 is its end. */
    const before = new Int32Array(this.size)
    /** Open addressing: the last text of a bucket, plus one. */
    const last = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.size + 1)))
    for (let band = 0; band < nHashes; band += bandHashes) {
      last.fill(0)
      for (const text of ranking) {
        if (wordless[text]! >= 0) continue
        const key = bandKey(this.#blocks[Math.floor(text / blockTexts)]!, (text % blockTexts) * nHashes + band)
        keys[text] = key
        let place = key & (last.length - 1)
        while (last[place] !== 0 && keys[last[place]! - 1] !== key) place = (place + 1) & (last.length - 1)
        let nTried = 0
        let isRepresented = false
        for (let other = last[place]! - 1; other >= 0 && nTried < maxTried; other = before[other]! - 1) {
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
        if (isRepresented) continue
        before[text] = last[place]!
        last[place] = text + 1
      }
    }
  }

  #signature(text: number): Int32Array {
    const from = (text % blockTexts) * nHashes
    return this.#blocks[Math.floor(text / blockTexts)]!.subarray(from, from + nHashes)
  }

  /** The texts in an order that depends on them alone, not on the order in which they came. */
  #ranking(): ReadonlyArray<number> {
    const index = this.#index
    return Array.from({ length: this.size }, (_, i) => i).sort(
      (a, b) => index.word(a, 0) - index.word(b, 0) || index.word(a, 1) - index.word(b, 1)
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

import { Groups } from "../math/Groups.ts"
import { MinHash } from "../math/MinHash.ts"
import { nHashes, type Shingles, shinglesOf } from "../math/Shingles.ts"

/** Options of `nearDuplicates`. */
export interface NearDuplicatesOptions {
  /** Texts are near duplicates from this Jaccard similarity of their shingles, in (0, 1]; default 0.8. */
  readonly threshold?: number
  /** Words in a shingle, a positive integer; default 3. */
  readonly shingleWords?: number
}

/** Result of `nearDuplicates`. */
export interface NearDuplicates {
  /** Per text, the first text of its group; a text without near duplicates is its own. */
  readonly group: Int32Array
  /** Pairs that were compared and found alike, enough to hold the groups together; `a` is less than `b`. */
  readonly pairs: ReadonlyArray<{ readonly a: number; readonly b: number; readonly similarity: number }>
}

/**
 * Groups texts that share most of their word sequences.
 *
 * A text is the set of its shingles, runs of `shingleWords` neighbouring words in lower case without signs; a shorter
 * text is one shingle, a text without words none and never alike. Candidates are the texts that `MinHash` compares and whose similarity it
 * estimates at no more than four standard errors below the threshold; each is confirmed by the two sets, so what is reported is right but for
 * collisions of 32-bit hashes. A pair at similarity s is compared with probability `1 - (1 - s^4)^32`: 0.9999999 at 0.8,
 * 0.99 at 0.6, 0.87 at 0.5; in crowds of more than 49 texts that are like each other to some degree, not every two are. Groups are connected by
 * pairs: their ends may be less alike than the threshold. They are the same in whichever order texts come.
 *
 * Deterministic: hashes have fixed seeds. Memory 550 bytes a different text and the texts; shingle sets are made anew for
 * candidates. Time O(words + texts): 20,000 texts of 36 words took 0.5 s in families of four, and 8 s in crowds of a thousand that
 * are nearly alike. Throws a RangeError on options out of range.
 *
 * Source: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900; Leskovec, Rajaraman and Ullman, Mining of Massive
 * Datasets, chapter 3
 */
export const nearDuplicates = (
  texts: ReadonlyArray<string>,
  { shingleWords = 3, threshold = 0.8 }: NearDuplicatesOptions = {}
): NearDuplicates => {
  check(shingleWords, threshold)
  const hashes = new MinHash(shingleWords)
  /** By number of a different text: the first text that is so. */
  const first: Array<number> = []
  const numbers = texts.map((text, i) => {
    const number = hashes.add(text)
    if (number === first.length) first.push(i)
    return number
  })
  const shinglesAt = (number: number) => shinglesOf(texts[first[number]!]!, shingleWords)
  const groups = new Groups()
  const pairs: Array<{ a: number; b: number; similarity: number }> = []
  const rejected = new Set<number>()
  let latest = -1
  let ofLatest: Shingles = new Set()
  const joinIfAlike = (a: number, b: number): void => {
    const [x, y] = [Math.min(a, b), Math.max(a, b)]
    const pair = x * hashes.size + y
    if (rejected.has(pair)) return
    // A text is compared with several others, one behind the other.
    if (a !== latest) ofLatest = shinglesAt(a)
    latest = a
    const similarity = jaccard(ofLatest, shinglesAt(b))
    if (similarity < threshold) rejected.add(pair)
    else {
      groups.join(a, b)
      pairs.push({ a: first[x]!, b: first[y]!, similarity })
    }
  }
  const standardError = Math.sqrt((threshold * (1 - threshold)) / nHashes)
  hashes.alike(threshold - 4 * standardError, (a, b) => groups.of(a) === groups.of(b), joinIfAlike)

  const group = Int32Array.from(texts, (_, i) => {
    const number = numbers[i]!
    const earliest = first[number]!
    if (earliest === i) return first[groups.of(number)]!
    if (shinglesAt(number).size === 0) return i
    pairs.push({ a: earliest, b: i, similarity: 1 })
    return first[groups.of(number)]!
  })
  return { group, pairs }
}

/** Of texts without words 0. */
const jaccard = (a: Shingles, b: Shingles): number => {
  let nShared = 0
  for (const shingle of a) if (b.has(shingle)) nShared++
  return a.size === 0 ? 0 : nShared / (a.size + b.size - nShared)
}

const check = (shingleWords: number, threshold: number): void => {
  const action = "Cannot look for near duplicates"
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RangeError(`${action}: found threshold ${threshold}, expected above 0 and at most 1`)
  }
  if (!(Number.isInteger(shingleWords) && shingleWords >= 1)) {
    throw new RangeError(`${action}: found shingleWords ${shingleWords}, expected a positive integer`)
  }
}

import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import { textKey } from "./textKey.ts"

/** A vote with its texts. */
export interface TextVote {
  /** Null where the data hold no prompt. */
  readonly prompt: string | null
  readonly first: string
  readonly second: string
  /** Null where the data name nobody: all such votes count as one annotator's. */
  readonly annotator: string | null
  /** Null where it could not be read. */
  readonly verdict: "first" | "second" | "tie" | null
  /** Null where the data name no split. */
  readonly split: string | null
  /** Whether the order of the two means something; then the same answers the other way round are no repetition. */
  readonly sidesRecorded: boolean
}

/** What is wrong with the texts of one vote. */
export type TextFlag = "sameTexts" | "duplicate" | "contradicts" | "leaked"

/** What `TextChecks` found, in votes unless it says otherwise. */
export interface TextCounts {
  /** Votes that compare a text with itself, to the letter. */
  readonly nSameTexts: number
  /** Votes on texts that only white space or the coding of accents tells apart. */
  readonly nAlmostSameTexts: number
  /** Votes that repeat an earlier one: same annotator, prompt, answers and verdict. */
  readonly nDuplicates: number
  /** Votes of an annotator that says the opposite in another vote on the same prompt and answers. */
  readonly nContradicting: number
  /** Different prompts that occur in more than one split, and the votes on them. */
  readonly nLeakedPrompts: number
  readonly nLeaked: number
  /** In the order of first appearance. */
  readonly splits: ReadonlyArray<string>
}

/** Splits from this one on share a bit: whether a prompt is in two of them goes unseen. */
const mostSplits = 31

const isSame = 1
const isAlmostSame = 2
const isDuplicate = 4

/**
 * Looks for texts that contradict themselves, vote by vote, without keeping any text.
 *
 * Texts are compared by `textKey`: white space does not tell them apart, case does. What different annotators say about the same
 * answers is neither a repetition nor a contradiction. Which of several repeated votes is not flagged depends on their order,
 * nothing else does. Memory some 13 bytes a vote, and 50 a different prompt and a different comparison; time one pass over the
 * texts.
 */
export class TextChecks {
  readonly #prompts = new HashIndex()
  readonly #comparisons = new HashIndex()
  readonly #splits = new Map<string, number>()
  /** Per prompt, a bit for each split. */
  readonly #splitsOf = new TypedList(Int32Array)
  /** Per comparison, a bit for each outcome that was seen. */
  readonly #outcomes = new TypedList(Uint8Array)
  /** Per vote; -1 for none. */
  readonly #prompt = new TypedList(Int32Array)
  readonly #comparison = new TypedList(Int32Array)
  readonly #own = new TypedList(Uint8Array)
  readonly #keys = [new LastKey(), new LastKey(), new LastKey()] as const

  /** Takes in the next vote. */
  add(vote: TextVote): void {
    const { annotator, first, prompt, second, sidesRecorded, split, verdict } = vote
    const promptKey = this.#keys[0].of(prompt ?? "")
    const firstKey = this.#keys[1].of(first)
    const secondKey = this.#keys[2].of(second)
    const equal = firstKey === secondKey
    let own = equal ? (first === second ? isSame : isAlmostSame) : 0
    this.#prompt.push(split === null || promptKey === emptyKey ? -1 : this.#leakage(promptKey, split))
    if (verdict === null) {
      this.#comparison.push(-1)
    } else {
      const firstIsLow = firstKey < secondKey
      // The keys have a fixed length, so nothing in a name can be mistaken for part of them.
      const name = annotator === null ? "nobody" : `by ${annotator}`
      const c = this.#comparisons.add(name + promptKey + (firstIsLow ? firstKey + secondKey : secondKey + firstKey))
      if (c === this.#outcomes.length) this.#outcomes.push(0)
      const winner = equal || verdict === "tie" ? 2 : (verdict === "first") === firstIsLow ? 0 : 1
      const bit = 1 << (winner + (sidesRecorded && firstIsLow ? 3 : 0))
      const seen = this.#outcomes.values
      if ((seen[c]! & bit) !== 0) own |= isDuplicate
      seen[c]! |= bit
      this.#comparison.push(winner === 2 ? -1 : c)
    }
    this.#own.push(own)
  }

  /** What is wrong with the vote that was added as number `v`, from 0; to be asked when all votes are in. */
  flagsOf(v: number): ReadonlyArray<TextFlag> {
    const own = this.#own.values[v]!
    return [
      ...((own & (isSame | isAlmostSame)) === 0 ? [] : ["sameTexts" as const]),
      ...((own & isDuplicate) === 0 ? [] : ["duplicate" as const]),
      ...(this.#contradicts(v) ? ["contradicts" as const] : []),
      ...(this.#isLeaked(v) ? ["leaked" as const] : [])
    ]
  }

  /** The sums over all votes so far. */
  counts(): TextCounts {
    const own = this.#own.values
    const count = (holds: (v: number) => boolean) => own.reduce((n, _, v) => n + (holds(v) ? 1 : 0), 0)
    return {
      nSameTexts: count((v) => (own[v]! & isSame) !== 0),
      nAlmostSameTexts: count((v) => (own[v]! & isAlmostSame) !== 0),
      nDuplicates: count((v) => (own[v]! & isDuplicate) !== 0),
      nContradicting: count((v) => this.#contradicts(v)),
      nLeakedPrompts: this.#splitsOf.values.reduce((n, mask) => n + (isMany(mask) ? 1 : 0), 0),
      nLeaked: count((v) => this.#isLeaked(v)),
      splits: [...this.#splits.keys()]
    }
  }

  #leakage(promptKey: string, split: string): number {
    let number = this.#splits.get(split)
    if (number === undefined) this.#splits.set(split, (number = this.#splits.size))
    const p = this.#prompts.add(promptKey)
    if (p === this.#splitsOf.length) this.#splitsOf.push(0)
    this.#splitsOf.values[p]! |= 1 << Math.min(number, mostSplits - 1)
    return p
  }

  #contradicts(v: number): boolean {
    const c = this.#comparison.values[v]!
    if (c < 0) return false
    const outcomes = this.#outcomes.values[c]!
    return (outcomes & 0b001001) !== 0 && (outcomes & 0b010010) !== 0
  }

  #isLeaked(v: number): boolean {
    const p = this.#prompt.values[v]!
    return p >= 0 && isMany(this.#splitsOf.values[p]!)
  }
}

const isMany = (mask: number): boolean => (mask & (mask - 1)) !== 0

const emptyKey = textKey("")

/** Keys of texts, with the last one kept: the votes of a wide row share their texts. */
class LastKey {
  #text = ""
  #key = emptyKey

  of(text: string): string {
    if (text !== this.#text) {
      this.#text = text
      this.#key = textKey(text)
    }
    return this.#key
  }
}

import { hash128 } from "../math/keyedRandom.ts"

/** A pair with its texts and the votes on it. Side A is the answer with the smaller id. */
export interface SampledPair {
  readonly pairId: string
  /** Pairs of one prompt share it; the pair's own id where there is no prompt. */
  readonly promptId: string
  readonly prompt: string
  readonly a: string
  readonly b: string
  /** Votes for each side. */
  readonly nA: number
  readonly nB: number
}

/** How large a `TextSample` gets. */
export interface TextSampleOptions {
  /** Most pairs; default 20,000. */
  readonly nPairs?: number
  /** Most characters of their texts together; default 24 million. */
  readonly nCharacters?: number
}

/** A vote for one of two texts. */
export interface SampledVote {
  readonly pairId: string
  readonly promptId: string | null
  readonly firstId: string
  readonly secondId: string
  readonly prompt: string | null
  readonly first: string
  readonly second: string
  readonly verdict: "first" | "second"
}

interface Entry extends SampledPair {
  readonly key: number
  readonly nCharacters: number
  nA: number
  nB: number
}

/**
 * Keeps the texts of some pairs of a stream of votes, within a bound: those whose ids have the smallest hashes.
 *
 * So the sample is as good as random and the same for any order of the votes, whatever they say. Pairs come in the order of their
 * hashes up to the first that would exceed a bound; one that takes more than a hundredth of the characters is left out. Memory at most two times the characters, and one pair.
 */
export class TextSample {
  readonly #nPairs: number
  readonly #nCharacters: number
  readonly #entries = new Map<string, Entry>()
  #held = 0
  /** Pairs whose hash is larger are not in the sample. */
  #limit = Number.POSITIVE_INFINITY

  constructor({ nCharacters = 24e6, nPairs = 20_000 }: TextSampleOptions = {}) {
    this.#nPairs = nPairs
    this.#nCharacters = nCharacters
  }

  /** Takes in a vote. Votes that compare a text with itself do not belong here. */
  add(vote: SampledVote): void {
    const { first, firstId, pairId, prompt, promptId, second, secondId, verdict } = vote
    const key = hash128(pairId)[0] >>> 0
    if (key > this.#limit) return
    const nCharacters = first.length + second.length + (prompt?.length ?? 0)
    if (nCharacters > this.#nCharacters / 100) return
    const firstIsA = firstId < secondId
    let entry = this.#entries.get(pairId)
    if (entry === undefined) {
      entry = {
        key,
        pairId,
        promptId: prompt === null || prompt === "" ? pairId : (promptId ?? pairId),
        prompt: prompt ?? "",
        a: firstIsA ? first : second,
        b: firstIsA ? second : first,
        nCharacters,
        nA: 0,
        nB: 0
      }
      this.#entries.set(pairId, entry)
      this.#held += nCharacters
    }
    if ((verdict === "first") === firstIsA) entry.nA++
    else entry.nB++
    if (this.#entries.size > 2 * this.#nPairs || this.#held > 2 * this.#nCharacters) this.#cut()
  }

  /** The pairs, in the order of their hashes. */
  pairs(): ReadonlyArray<SampledPair> {
    this.#cut()
    return this.#sorted()
  }

  #sorted(): ReadonlyArray<Entry> {
    return [...this.#entries.values()].sort((a, b) => a.key - b.key || (a.pairId < b.pairId ? -1 : 1))
  }

  /** Drops the pairs beyond the bounds; what is beyond them now stays so with more pairs. */
  #cut(): void {
    let nCharacters = 0
    let nKept = 0
    let isFull = false
    for (const entry of this.#sorted()) {
      isFull ||= nKept === this.#nPairs || nCharacters + entry.nCharacters > this.#nCharacters
      if (isFull) {
        this.#entries.delete(entry.pairId)
        this.#limit = Math.min(this.#limit, entry.key)
        continue
      }
      nKept++
      nCharacters += entry.nCharacters
    }
    this.#held = nCharacters
  }
}

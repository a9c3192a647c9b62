import { wilson } from "../math/wilson.ts"
import type { NoiseRate } from "./noiseRate.ts"

/** Input of `errorsAgainstTruth`: votes in long form, and what is known to be right. */
export interface ErrorsAgainstTruthInput {
  /** What each vote is about, as an index into `truth`. */
  readonly item: Int32Array
  /** Who gave it, as an index from 0 to `nAnnotators - 1`. */
  readonly annotator: Int32Array
  /** 1 or -1 for the two sides of the item; 0 for a tie, which is left out. */
  readonly side: Int8Array
  /** Per item, the side that is right; 0 where unknown. */
  readonly truth: Int8Array
  readonly nAnnotators: number
}

/** How often votes are wrong on items whose truth is known. */
export interface ErrorsAgainstTruth {
  /** Items of known truth with a vote. */
  readonly nItems: number
  /** Per annotator, the share of its votes on such items that are right; NaN without one. */
  readonly reliability: Float64Array
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  /** Share of all votes on such items that are wrong; null without one. */
  readonly noiseRate: NoiseRate | null
}

/**
 * Counts how many votes are wrong, where the truth is known.
 *
 * Nothing is assumed of how votes depend on each other: an item counts as one cluster of votes, which may all be wrong together. The
 * share is wrong votes over votes, its variance that of a ratio of sums over items, and its interval Wilson's at the number of
 * independent votes that would vary as much. It speaks of the other items as far as those of known truth are a random part of them. Time and
 * memory O(votes + items + annotators).
 *
 * Source: ratio estimator, Cochran 1977, Sampling Techniques, section 9A.1; Dean and Pagano 2015, https://doi.org/10.1093/jssam/smv024
 */
export const errorsAgainstTruth = (input: ErrorsAgainstTruthInput): ErrorsAgainstTruth => {
  const { annotator, item, nAnnotators, side, truth } = input
  const starts = new Int32Array(truth.length + 1)
  for (let v = 0; v < item.length; v++) if (side[v] !== 0 && truth[item[v]!] !== 0) starts[item[v]! + 1]!++
  for (let i = 0; i < truth.length; i++) starts[i + 1]! += starts[i]!
  const byItem = new Int32Array(starts[truth.length]!)
  const next = starts.slice()
  for (let v = 0; v < item.length; v++) if (side[v] !== 0 && truth[item[v]!] !== 0) byItem[next[item[v]!]!++] = v

  const all = new Clusters()
  const own = Array.from({ length: nAnnotators }, () => new Clusters())
  for (const v of byItem) {
    const isWrong = side[v] !== truth[item[v]!]
    all.add(item[v]!, isWrong)
    own[annotator[v]!]!.add(item[v]!, isWrong)
  }
  const shares = own.map((clusters) => clusters.shareWrong())
  return {
    nItems: all.size,
    reliability: Float64Array.from(shares, (share) => (share === null ? Number.NaN : 1 - share.estimate)),
    ci95: {
      lower: Float64Array.from(shares, (share) => (share === null ? 0 : 1 - share.upper)),
      upper: Float64Array.from(shares, (share) => (share === null ? 1 : 1 - share.lower))
    },
    noiseRate: all.shareWrong()
  }
}

/** Sums over clusters of votes, each of which is given in one go. */
class Clusters {
  #at = -1
  #n = 0
  #nWrong = 0
  #size = 0
  #votes = 0
  #wrong = 0
  #squaredVotes = 0
  #squaredWrong = 0
  #both = 0

  /** Clusters so far. */
  get size(): number {
    return this.#size + Number(this.#n > 0)
  }

  add(cluster: number, isWrong: boolean): void {
    if (cluster !== this.#at) this.#close()
    this.#at = cluster
    this.#n++
    this.#nWrong += Number(isWrong)
  }

  shareWrong(): NoiseRate | null {
    this.#close()
    const n = this.#size
    if (n === 0) return null
    const estimate = this.#wrong / this.#votes
    const squares = this.#squaredWrong - 2 * estimate * this.#both + estimate * estimate * this.#squaredVotes
    const variance = n === 1 ? 0 : ((n / (n - 1)) * squares) / this.#votes ** 2
    // Votes that are all right, or all wrong, show no variance; then clusters count, not votes.
    const isVaried = estimate > 0 && estimate < 1 && variance > 0
    const nIndependent = isVaried ? Math.min(this.#votes, (estimate * (1 - estimate)) / variance) : n
    const { lower, upper } = wilson(estimate * nIndependent, nIndependent)
    return { estimate, standardError: Math.sqrt((estimate * (1 - estimate)) / nIndependent), lower, upper }
  }

  #close(): void {
    if (this.#n === 0) return
    this.#size++
    this.#votes += this.#n
    this.#wrong += this.#nWrong
    this.#squaredVotes += this.#n ** 2
    this.#squaredWrong += this.#nWrong ** 2
    this.#both += this.#n * this.#nWrong
    this.#n = 0
    this.#nWrong = 0
  }
}

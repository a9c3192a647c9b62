import { sigmoid } from "../math/sigmoid.ts"

/** Comparisons of two of `nItems` items each, one entry per comparison. */
export interface ComparedItems {
  readonly nItems: number
  /** Item that won; for a tie, one of the two. */
  readonly strong: Int32Array
  /** Item that lost; another one. */
  readonly weak: Int32Array
  /** 1 where neither won: half a win for each. Default no ties. */
  readonly tie?: Uint8Array
}

/**
 * The slope of the log-likelihood of one comparison by the gap of strengths, strong less weak, in logits.
 *
 * Of a win the probability that it went the other way, `1 - sigmoid(gap)` without the loss of digits; of a tie that of half a win for both.
 */
export const pull = (gap: number, isTie: boolean): number => (isTie ? 0.5 - sigmoid(gap) : sigmoid(-gap))

/**
 * What each comparison tells about the difference of its two items, `p (1 - p)` at these strengths, per logit².
 *
 * A win tells as much as a tie. Never 0 before a gap of some 700 logits.
 */
export const information = ({ strong, weak }: ComparedItems, strength: Float64Array): Float64Array =>
  Float64Array.from(strong, (s, e) => {
    const gap = strength[s]! - strength[weak[e]!]!
    return sigmoid(gap) * sigmoid(-gap)
  })

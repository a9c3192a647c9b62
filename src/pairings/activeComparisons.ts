import { sigmoid } from "../math/sigmoid.ts"

/** What is known about the items, and what was asked before. */
export interface ActiveComparisonsInput {
  /** Strength of each of N items, in logits. */
  readonly strength: Float64Array
  /** Variance of each strength, in logits². */
  readonly variance: Float64Array
  /** Whether two items were compared before; such comparisons are not proposed again. */
  readonly isAsked: (a: number, b: number) => boolean
  /** Uniform numbers in [0, 1); 3 are used per item. */
  readonly random: () => number
}

/** How many neighbours of an item, and how many items at random, are considered. */
const nNeighbours = 8
const nStrangers = 2

/**
 * Proposes comparisons that tell most about the strengths, each item at most once: up to N / 2 of them.
 *
 * The criterion is the expected information of the answer about the difference d of the two strengths, `½ log(1 + p (1 - p) var d)`
 * in nats, where `p = sigmoid(d)` is the expected answer and `var d` the sum of the two variances: it is large where little
 * is known and the answer is open. Considered are the 8 next items of each in the order of strengths and 2 drawn ones; the
 * best comparison is taken first, then the best of those left. Equal ones in an order that is drawn. Time O(N log N).
 *
 * Source: information of a binary answer under a normal posterior, linearised; MacKay 1992, https://doi.org/10.1162/neco.1992.4.4.590
 */
export const activeComparisons = (
  input: ActiveComparisonsInput
): { readonly first: Int32Array; readonly second: Int32Array } => {
  const { isAsked, random, strength, variance } = input
  const n = strength.length
  const drawn = Float64Array.from({ length: n }, () => random())
  const order = Int32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => strength[a]! - strength[b]! || drawn[a]! - drawn[b]!
  )
  const proposals: Array<{ readonly a: number; readonly b: number; readonly gain: number; readonly at: number }> = []
  const propose = (a: number, b: number) => {
    if (a === b || isAsked(a, b)) return
    const p = sigmoid(strength[a]! - strength[b]!)
    proposals.push({ a, b, gain: Math.log1p(p * (1 - p) * (variance[a]! + variance[b]!)), at: drawn[a]! + drawn[b]! })
  }
  for (const [place, item] of order.entries()) {
    for (let next = place + 1; next <= place + nNeighbours && next < n; next++) propose(item, order[next]!)
    for (let stranger = 0; stranger < nStrangers; stranger++) propose(item, Math.floor(random() * n))
  }
  proposals.sort((x, y) => y.gain - x.gain || x.at - y.at)
  const taken = new Uint8Array(n)
  const chosen = proposals.filter(({ a, b }) => {
    if (taken[a] === 1 || taken[b] === 1) return false
    taken[a] = taken[b] = 1
    return true
  })
  return { first: Int32Array.from(chosen, ({ a }) => a), second: Int32Array.from(chosen, ({ b }) => b) }
}

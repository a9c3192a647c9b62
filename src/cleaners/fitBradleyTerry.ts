import { keyedRandom } from "../math/keyedRandom.ts"
import { sigmoid } from "../math/sigmoid.ts"
import type { SparseRows } from "../math/SparseRows.ts"

/** Input of `fitBradleyTerry`: one entry per pair. */
export interface BradleyTerryInput {
  /** Features of the chosen response minus those of the rejected one. */
  readonly differences: SparseRows
  /** Probability, in [0, 1], that the chosen response is the better one; default 1 for all. */
  readonly target?: Float64Array
  /** What a pair counts for, at least 0; default 1 for all. */
  readonly weight?: Float64Array
  /** Pairs to learn from, as row numbers; default all. */
  readonly rows?: Int32Array
}

/** Options of `fitBradleyTerry`. */
export interface BradleyTerryOptions {
  /** How hard each pair pulls the coefficients of its own columns to 0, at least 0; default 0.01. */
  readonly l2?: number
  /** Passes over the pairs, a positive integer; default 5. */
  readonly nPasses?: number
  /** Seed of the order of the pairs; default 0. */
  readonly seed?: string | number
}

/**
 * Learns a score from pairs: the chosen response is better with probability `sigmoid(score gap)`, the score is linear.
 *
 * Returns one coefficient per column, in logits; the score of a response is their sum weighted by its features. Minimises
 * the sum over pairs of `weight (-t log p - (1 - t) log(1 - p)) + l2/2 sum c²`, where `p = sigmoid(c · difference)`, t is
 * the target and the last sum is over the coefficients of the columns the pair has: rare features are pulled less than
 * frequent ones, which keeps what they tell. There is no intercept, so neither side is favoured: negated differences with
 * targets `1 - t` give the same coefficients. A column without entries has coefficient 0. No pairs give zeros.
 *
 * AdaGrad with step 0.05, one pair at a time, in an order that is shuffled anew for each pass from (seed, pass); the
 * result is the mean over the ends of the later half of the passes. Close to the minimum rather than at it. The same
 * input gives the same bits; another order of the rows gives slightly different coefficients. Time some 15 ns an entry
 * and pass, memory 24 bytes a column. L-BFGS on the plain L2 penalty took more than six times as long on 100,000 pairs
 * of text and ranked real ones a little worse.
 * Throws a RangeError on arrays of unequal length, a target outside [0, 1], a weight that is negative or not finite, a
 * row out of range, a negative `l2` or `nPasses` below 1.
 *
 * Source: Bradley and Terry 1952, https://doi.org/10.2307/2334029; AdaGrad: Duchi et al. 2011,
 * https://jmlr.org/papers/v12/duchi11a.html
 */
export const fitBradleyTerry = (input: BradleyTerryInput, options: BradleyTerryOptions = {}): Float64Array => {
  const { l2 = 0.01, nPasses = 5, seed = 0 } = options
  check(input, l2, nPasses)
  const { differences, target, weight } = input
  const { columns, nColumns, starts, values } = differences
  const order = input.rows?.slice() ?? Int32Array.from({ length: starts.length - 1 }, (_, i) => i)
  // Coefficient and sum of squared gradients of a column side by side: one cache line instead of two.
  const state = new Float64Array(2 * nColumns)
  for (let k = 0; k < nColumns; k++) state[2 * k + 1] = 1e-8
  const mean = new Float64Array(nColumns)
  const nAveraged = Math.ceil(nPasses / 2)
  for (let pass = 0; pass < nPasses; pass++) {
    shuffle(order, keyedRandom("fitBradleyTerry", seed, pass))
    for (const i of order) {
      const from = starts[i]!
      const to = starts[i + 1]!
      const t = target === undefined ? 1 : target[i]!
      const w = weight === undefined ? 1 : weight[i]!
      let gap = 0
      for (let at = from; at < to; at++) gap += state[2 * columns[at]!]! * values[at]!
      const slope = w * (sigmoid(gap) - t)
      for (let at = from; at < to; at++) {
        const k = 2 * columns[at]!
        const gradient = slope * values[at]! + l2 * state[k]!
        const squares = state[k + 1]! + gradient * gradient
        state[k + 1] = squares
        state[k]! -= (step * gradient) / Math.sqrt(squares)
      }
    }
    if (pass < nPasses - nAveraged) continue
    for (let k = 0; k < nColumns; k++) mean[k]! += state[2 * k]! / nAveraged
  }
  return mean
}

const step = 0.05

/** Fisher and Yates, in place. */
const shuffle = (values: Int32Array, random: () => number): void => {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = values[i]!
    values[i] = values[j]!
    values[j] = kept
  }
}

const check = ({ differences, rows, target, weight }: BradleyTerryInput, l2: number, nPasses: number): void => {
  const action = "Cannot fit a Bradley-Terry model"
  const n = differences.starts.length - 1
  if (!(l2 >= 0 && l2 < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${action}: found l2 ${l2}, expected a finite number from 0`)
  }
  if (!(Number.isInteger(nPasses) && nPasses >= 1)) {
    throw new RangeError(`${action}: found nPasses ${nPasses}, expected a positive integer`)
  }
  for (const [name, values, limit] of [
    ["target", target, 1],
    ["weight", weight, Number.MAX_VALUE]
  ] as const) {
    if (values === undefined) continue
    if (values.length !== n) {
      throw new RangeError(`${action}: found ${values.length} ${name}s for ${n} pairs, expected one each`)
    }
    const bad = values.findIndex((value) => !(value >= 0 && value <= limit))
    if (bad >= 0) {
      throw new RangeError(
        `${action}: found ${name} ${values[bad]} at pair ${bad}, expected ${limit === 1 ? "0 to 1" : "a finite number from 0"}`
      )
    }
  }
  const bad = rows?.find((row) => row < 0 || row >= n)
  if (bad !== undefined) throw new RangeError(`${action}: found row ${bad}, expected 0 to ${n - 1}`)
}

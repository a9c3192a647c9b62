/** Input of `fitIsotonic`: one entry per row. */
export interface FitIsotonicInput {
  /** Finite, any unit. */
  readonly score: Float64Array
  /** What the score should foretell: 1 or 0, or a share between. */
  readonly outcome: ArrayLike<number>
  /** Importance of each row, at least 0; default 1. Rows with 0 are left out. */
  readonly weight?: Float64Array
}

/** A rising step function, as blocks of scores with one value each. */
export interface IsotonicFit {
  /** Lowest score of each block, rising strictly. */
  readonly lower: Float64Array
  /** Highest score of each block, at least `lower` and below the next one's. */
  readonly upper: Float64Array
  /** Weighted mean of the outcomes in each block, rising strictly. */
  readonly value: Float64Array
}

/**
 * Finds the rising function of the score that is nearest to the outcomes, by pooling adjacent violators.
 *
 * It minimises the weighted sum of squares, and the log loss as well, among all functions that never fall. Rows of equal
 * score are one point from the start, so their order never decides. Read it with `applyIsotonic`. The outer blocks have
 * often values of exactly 0 and 1, from however few rows: clip them before they are used as probabilities, as
 * `crossCalibrate` does. On the rows it was fitted to, every block is perfectly calibrated by construction: an error
 * measured there means nothing. No rows: no blocks. Time O(n log n), memory O(n).
 * Throws a RangeError on arrays of unequal length, a score that is not finite, an outcome outside [0, 1] or a negative
 * weight.
 *
 * Source: Ayer et al. 1955, https://doi.org/10.1214/aoms/1177728423; as calibration: Zadrozny and Elkan 2002,
 * https://doi.org/10.1145/775047.775151
 */
export const fitIsotonic = ({ outcome, score, weight }: FitIsotonicInput): IsotonicFit => {
  check({ outcome, score, ...(weight === undefined ? {} : { weight }) })
  const order = Uint32Array.from({ length: score.length }, (_, i) => i)
    .filter((i) => weight === undefined || weight[i]! > 0)
    .toSorted((i, j) => score[i]! - score[j]!)
  const lower = new Float64Array(order.length)
  const upper = new Float64Array(order.length)
  const mass = new Float64Array(order.length)
  const sum = new Float64Array(order.length)
  let n = 0
  for (let at = 0; at < order.length;) {
    const first = score[order[at]!]!
    lower[n] = first
    upper[n] = first
    mass[n] = 0
    sum[n] = 0
    for (; at < order.length && score[order[at]!] === first; at++) {
      const w = weight?.[order[at]!] ?? 1
      mass[n]! += w
      sum[n]! += w * outcome[order[at]!]!
    }
    n++
    while (n > 1 && sum[n - 2]! * mass[n - 1]! >= sum[n - 1]! * mass[n - 2]!) {
      n--
      upper[n - 1] = upper[n]!
      mass[n - 1]! += mass[n]!
      sum[n - 1]! += sum[n]!
    }
  }
  return {
    lower: lower.slice(0, n),
    upper: upper.slice(0, n),
    value: Float64Array.from({ length: n }, (_, block) => sum[block]! / mass[block]!)
  }
}

const check = ({ outcome, score, weight }: FitIsotonicInput): void => {
  const action = "Cannot fit a rising function"
  if (outcome.length !== score.length || (weight !== undefined && weight.length !== score.length)) {
    throw new RangeError(
      `${action}: found ${score.length} scores, ${outcome.length} outcomes and ${weight?.length ?? "no"} weights, ` +
        "expected one each"
    )
  }
  for (let i = 0; i < score.length; i++) {
    if (!Number.isFinite(score[i]!)) {
      throw new RangeError(`${action}: found score ${score[i]} at row ${i}, expected a finite number`)
    }
    if (!(outcome[i]! >= 0 && outcome[i]! <= 1)) {
      throw new RangeError(`${action}: found outcome ${outcome[i]} at row ${i}, expected 0 to 1`)
    }
    if (weight !== undefined && !(weight[i]! >= 0 && Number.isFinite(weight[i]!))) {
      throw new RangeError(`${action}: found weight ${weight[i]} at row ${i}, expected a finite number of at least 0`)
    }
  }
}

/**
 * Flags rows whose score lies strictly below a threshold.
 *
 * One entry per row, 1 where flagged. NaN is missing and not flagged. For a share or a number of rows instead of a
 * threshold see `lowestFraction`. Time O(N). Throws a RangeError when the threshold is NaN.
 */
export const flagBelow = (score: Float64Array, threshold: number): Uint8Array => {
  if (Number.isNaN(threshold)) throw new RangeError("Cannot flag rows: found threshold NaN, expected a number")
  return Uint8Array.from(score, (value) => Number(value < threshold))
}

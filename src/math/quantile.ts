/**
 * Estimates the value below which a given share of the numbers lies, by linear interpolation between order statistics.
 *
 * `share` is in [0, 1]: 0 gives the smallest number, 0.5 the median, 1 the largest. NaN is missing and left out;
 * without any number the answer is NaN. The input is not edited. Time O(n log n), memory O(n).
 * Throws a RangeError when `share` is outside [0, 1].
 *
 * Source: definition 7 of Hyndman and Fan 1996, https://doi.org/10.2307/2684934
 */
export const quantile = (values: Float64Array, share: number): number => {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot take a quantile: found share ${share}, expected a number from 0 to 1`)
  }
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted()
  if (sorted.length === 0) return Number.NaN
  const position = share * (sorted.length - 1)
  const index = Math.floor(position)
  const below = sorted[index]!
  const above = sorted[Math.min(index + 1, sorted.length - 1)]!
  const part = position - index
  return part === 0 || below === above ? below : below * (1 - part) + above * part
}

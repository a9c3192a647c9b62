/**
 * The power mean `(mean of x^power)^(1/power)`: 1 is the arithmetic mean, -1 the harmonic, 0 the geometric, -Infinity the least
 * number and Infinity the greatest.
 *
 * The lower the power, the more the weakest number decides. Computed relative to the greatest number, so that nothing overflows. A 0
 * makes every mean with a power of 0 or less 0. NaN without numbers. Throws a RangeError on a negative number or a power that is NaN.
 *
 * Source: Hardy, Littlewood and Pólya, Inequalities (1934), chapter 2
 */
export const powerMean = (values: ReadonlyArray<number>, power: number): number => {
  if (Number.isNaN(power)) throw new RangeError("Cannot take a power mean: found power NaN, expected a number")
  const bad = values.find((value) => !(value >= 0))
  if (bad !== undefined) {
    throw new RangeError(`Cannot take a power mean: found ${bad}, expected numbers of at least 0; shift the scale`)
  }
  if (values.length === 0) return Number.NaN
  const least = Math.min(...values)
  const greatest = Math.max(...values)
  if (power === Number.POSITIVE_INFINITY || greatest === 0) return greatest
  if (power === Number.NEGATIVE_INFINITY || (least === 0 && power <= 0)) return least
  // Relative to the number that has the greatest power, every power is at most 1.
  const unit = power < 0 ? least : greatest
  let sum = 0
  for (const value of values) sum += power === 0 ? Math.log(value / unit) : (value / unit) ** power
  return unit * (power === 0 ? Math.exp(sum / values.length) : (sum / values.length) ** (1 / power))
}

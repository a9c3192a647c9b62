/**
 * Subtracts from each number the mean over its group; groups are numbers from 0 that are less than the count of numbers.
 *
 * Time O(n).
 */
export const centred = (values: Float64Array, group: Int32Array): Float64Array => {
  const sums = new Float64Array(values.length)
  const sizes = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    sums[group[i]!]! += values[i]!
    sizes[group[i]!]!++
  }
  return values.map((value, i) => value - sums[group[i]!]! / sizes[group[i]!]!)
}

/** The arithmetic mean of numbers; NaN without any. Time O(n). */
export const mean = (values: ReadonlyArray<number>): number => {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

import type { IsotonicFit } from "./fitIsotonic.ts"

/**
 * Reads a rising function at a score: the value of its block, and between two blocks the straight line that joins them.
 *
 * Below the first block and above the last one it is level. Never falls as the score grows. NaN for a score of NaN or a
 * fit without blocks. Time O(log blocks).
 */
export const applyIsotonic = ({ lower, upper, value }: IsotonicFit, score: number): number => {
  if (value.length === 0 || Number.isNaN(score)) return Number.NaN
  let from = 0
  let to = value.length
  // The first block that ends at or after the score.
  while (from < to) {
    const middle = (from + to) >> 1
    if (upper[middle]! < score) from = middle + 1
    else to = middle
  }
  if (from === value.length) return value[from - 1]!
  if (from === 0 || score >= lower[from]!) return value[from]!
  const start = upper[from - 1]!
  const part = (score - start) / (lower[from]! - start)
  return value[from - 1]! * (1 - part) + value[from]! * part
}

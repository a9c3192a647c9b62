import type { SparseRows } from "../math/SparseRows.ts"

/**
 * Computes the score gap of one pair: the product of its row of differences with the coefficients of `fitBradleyTerry`.
 *
 * In logits, above 0 where the first response of the pair has the higher score. Time O(entries of the row).
 */
export const scoreGap = ({ columns, starts, values }: SparseRows, row: number, coefficients: Float64Array): number => {
  let gap = 0
  for (let at = starts[row]!; at < starts[row + 1]!; at++) gap += coefficients[columns[at]!]! * values[at]!
  return gap
}

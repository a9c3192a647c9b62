/** How many rows a rank rule takes: a share of those that have a score, rounded down, or a number of rows. */
export type Amount = { readonly fraction: number } | { readonly budget: number }

/**
 * Marks the rows with the lowest scores: exactly `floor(fraction · N)` of the N rows that have a score, or `budget` of them.
 *
 * `score` and `rowId` have one entry per row; equal scores are taken in the order of the row ids, so the order of the rows
 * never decides. NaN is missing: not counted in N and never marked. A product that is whole but for rounding counts as
 * whole (0.29 of 100 is 29). Any rising transformation of the scores gives the same marks. Ids should be unique; equal ids
 * with equal scores are taken in the order of the rows. Returns 1 where marked. Time O(N log N), memory O(N).
 * Throws a RangeError on a fraction outside [0, 1], a budget that is no integer from 0, or unequal lengths.
 */
export const lowestFraction = (score: Float64Array, rowId: ReadonlyArray<string>, amount: Amount): Uint8Array => {
  const action = "Cannot take the lowest scores"
  if (rowId.length !== score.length) {
    throw new RangeError(`${action}: found ${rowId.length} ids for ${score.length} scores, expected one each`)
  }
  if ("fraction" in amount && !(amount.fraction >= 0 && amount.fraction <= 1)) {
    throw new RangeError(`${action}: found fraction ${amount.fraction}, expected a number from 0 to 1`)
  }
  if ("budget" in amount && !(Number.isInteger(amount.budget) && amount.budget >= 0)) {
    throw new RangeError(`${action}: found budget ${amount.budget}, expected an integer from 0`)
  }
  const rows = Array.from(score.keys()).filter((i) => !Number.isNaN(score[i]!))
  rows.sort((a, b) => {
    if (score[a] !== score[b]) return score[a]! < score[b]! ? -1 : 1
    return rowId[a] === rowId[b] ? a - b : rowId[a]! < rowId[b]! ? -1 : 1
  })
  const nMarked = "budget" in amount ? amount.budget : wholePart(amount.fraction * rows.length)
  const marked = new Uint8Array(score.length)
  for (const i of rows.slice(0, nMarked)) marked[i] = 1
  return marked
}

const wholePart = (product: number): number => {
  const nearest = Math.round(product)
  return Math.abs(product - nearest) <= 1e-12 * product ? nearest : Math.floor(product)
}

/** Spearman's rank correlation of numbers without ties. */
export const rankCorrelation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const [x, y] = [ranks(a), ranks(b)]
  const n = x.length
  const squares = x.reduce((sum, rank, i) => sum + (rank - y[i]!) ** 2, 0)
  return 1 - (6 * squares) / (n * (n * n - 1))
}

const ranks = (values: ArrayLike<number>): ReadonlyArray<number> => {
  const order = Array.from(values, (_, i) => i).toSorted((i, j) => values[i]! - values[j]!)
  const made = order.map(() => 0)
  for (const [rank, i] of order.entries()) made[i] = rank
  return made
}

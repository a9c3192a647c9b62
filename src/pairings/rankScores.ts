/**
 * Ranks scores from the highest, which is 0; equal scores have one rank and no rank is left out.
 *
 * Null stays null. The order of the scores decides nothing. Time O(n log n).
 */
export const rankScores = (scores: ReadonlyArray<number | null>): ReadonlyArray<number | null> => {
  const ranks: Array<number | null> = scores.map(() => null)
  const order: Array<number> = []
  for (let i = 0; i < scores.length; i++) if (scores[i] !== null) order.push(i)
  order.sort((a, b) => scores[b]! - scores[a]!)
  let rank = 0
  for (let place = 0; place < order.length; place++) {
    if (place > 0 && scores[order[place]!] !== scores[order[place - 1]!]) rank++
    ranks[order[place]!] = rank
  }
  return ranks
}

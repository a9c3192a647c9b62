/**
 * Ranks scores from the highest, which is 0; equal scores have one rank and no rank is left out.
 *
 * Null stays null. The order of the scores decides nothing. Time O(n log n).
 */
export const rankScores = (scores: ReadonlyArray<number | null>): ReadonlyArray<number | null> => {
  const different = [...new Set(scores.filter((score) => score !== null))].toSorted((a, b) => b - a)
  const rankOf = new Map(different.map((score, rank) => [score, rank]))
  return scores.map((score) => (score === null ? null : rankOf.get(score)!))
}

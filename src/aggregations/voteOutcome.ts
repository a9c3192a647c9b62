/** How votes are read: the share of yes, whether more than half say yes, or whether all do. */
export type VoteRule = "share" | "majority" | "all"

/**
 * Counts scores of `passes` or more as yes and gives the share of yes, or 1 or 0 for whether enough say yes.
 *
 * An even split is no majority and gives 0.5, because it says nothing. NaN without scores.
 */
export const voteOutcome = (scores: ReadonlyArray<number>, passes: number, rule: VoteRule = "share"): number => {
  const n = scores.length
  if (n === 0) return Number.NaN
  let yes = 0
  for (const score of scores) if (score >= passes) yes++
  if (rule === "share") return yes / n
  if (rule === "all") return Number(yes === n)
  return 2 * yes === n ? 0.5 : Number(2 * yes > n)
}

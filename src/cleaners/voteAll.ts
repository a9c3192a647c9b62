import { countVotes, type VoteInput } from "./countVotes.ts"
import type { Flags } from "./Flags.ts"

/**
 * Flags rows that no reward model agrees with: Vote-All of PrefCleanBench.
 *
 * The score is the number of models that score the chosen response strictly higher, so equal scores are a vote against
 * the row; NaN without votes. One vote for the row keeps it. A model without both scores has no vote. The benchmark has six
 * models. Rates of wrong flags are known for models that err independently; real ones are alike, so look at how often
 * they agree with each other. Time O(N M). Throws a RangeError as `countVotes` does.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const voteAll = (input: VoteInput): Flags => {
  const { nFor, nVotes } = countVotes(input)
  return {
    score: Float64Array.from(nFor, (n, i) => (nVotes[i] === 0 ? Number.NaN : n)),
    flagged: Uint8Array.from(nFor, (n, i) => Number(n === 0 && nVotes[i]! > 0))
  }
}

import type { Flags } from "./Flags.ts"
import { followingDifficulty, type ResponseLogProbs } from "./followingDifficulty.ts"
import { type Amount, lowestFraction } from "./lowestFraction.ts"

/**
 * Flags rows whose chosen response the prompt misleads about or makes too easy: IFD of PrefCleanBench.
 *
 * The score is `followingDifficulty` of the chosen response. All above 1 are flagged; of the others the lowest `amount`,
 * as in `lowestFraction`, so a fraction is one of the rows that passed the first test. Time O(N log N). Throws a RangeError
 * on unequal lengths or a bad amount.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const ifd = (chosen: ResponseLogProbs, rowId: ReadonlyArray<string>, amount: Amount): Flags => {
  const score = followingDifficulty(chosen)
  const passed = score.map((value) => (value > 1 ? Number.NaN : value))
  const lowest = lowestFraction(passed, rowId, amount)
  return { score, flagged: lowest.map((isLow, i) => Number(isLow === 1 || score[i]! > 1)) }
}

import { checkColumns, type Flags } from "./Flags.ts"
import { followingDifficulty, type ResponseLogProbs } from "./followingDifficulty.ts"
import { type Amount, lowestFraction } from "./lowestFraction.ts"

/**
 * Flags the rows whose chosen response follows from the prompt more easily than the rejected one: IFD-Gap of PrefCleanBench.
 *
 * The score is `followingDifficulty` of the chosen response less that of the rejected one, and -10 where either has at most
 * one character, so such rows come first. The lowest `amount` is flagged, as in `lowestFraction`; there is no test against 1
 * here. Time O(N log N). Throws a RangeError on unequal lengths or a bad amount.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const ifdGap = (
  chosen: ResponseLogProbs,
  rejected: ResponseLogProbs,
  rowId: ReadonlyArray<string>,
  amount: Amount
): Flags => {
  const ofChosen = followingDifficulty(chosen)
  const ofRejected = followingDifficulty(rejected)
  checkColumns("Cannot flag by IFD gaps", ofChosen.length, { rejected: ofRejected })
  const score = ofChosen.map((value, i) => (isShort(chosen, i) || isShort(rejected, i) ? -10 : value - ofRejected[i]!))
  return { score, flagged: lowestFraction(score, rowId, amount) }
}

const isShort = (response: ResponseLogProbs, i: number): boolean => (response.nCharacters?.[i] ?? 2) <= 1

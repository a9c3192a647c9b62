import { checkColumns } from "./Flags.ts"

/** Scores of several reward models, N×M, row by row; NaN is missing. */
export interface VoteInput {
  readonly chosenScores: Float64Array
  readonly rejectedScores: Float64Array
  /** M, at least 1. */
  readonly nModels: number
}

/**
 * Counts per row the reward models that score the chosen response strictly higher, and those that have both scores.
 *
 * Equal scores count as a vote against the row. Both results have one entry per row. Time O(N M). Throws a RangeError
 * when the arrays differ in length or are no multiple of `nModels`.
 */
export const countVotes = ({
  chosenScores,
  nModels,
  rejectedScores
}: VoteInput): { readonly nFor: Int32Array; readonly nVotes: Int32Array } => {
  if (!(Number.isInteger(nModels) && nModels >= 1)) {
    throw new RangeError(`Cannot count votes: found nModels ${nModels}, expected a positive integer`)
  }
  const nRows = Math.floor(chosenScores.length / nModels)
  checkColumns("Cannot count votes", nRows, { chosenScores, rejectedScores }, nModels)
  const nFor = new Int32Array(nRows)
  const nVotes = new Int32Array(nRows)
  for (let k = 0; k < chosenScores.length; k++) {
    const difference = chosenScores[k]! - rejectedScores[k]!
    if (Number.isNaN(difference)) continue
    const i = Math.floor(k / nModels)
    nVotes[i]!++
    if (difference > 0) nFor[i]!++
  }
  return { nFor, nVotes }
}

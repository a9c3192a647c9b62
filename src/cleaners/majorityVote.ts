import { likeliestClass } from "./likeliestClass.ts"
import { checkVotes, type Votes } from "./Votes.ts"

/** Options of `majorityVote`. */
export interface MajorityVoteOptions {
  /** Weight per annotator, at least 0; default 1 each. */
  readonly weights?: Float64Array
  /**
   * What a tie becomes: -1 (default), the lowest class among the tied, or one of them drawn with the generator given, one
   * draw per tied item in the order of items.
   */
  readonly ties?: "none" | "lowest" | (() => number)
}

/** Result of `majorityVote`. */
export interface MajorityVote {
  /** Items by classes, row-major: each class's share of the weight; NaN where the weight is 0. */
  readonly classProb: Float64Array
  /** Per item the class with most weight, a tie as the options say; -1 where the weight is 0. */
  readonly consensus: Int8Array
  /** Votes per item. */
  readonly nVotes: Int32Array
}

/**
 * Counts, per item, the weighted votes of each class.
 *
 * The baseline of every crowd model and the start of most. Shares within 1e-9 are a tie. Deterministic but for the
 * generator of `ties`. Time O(votes + items · classes). Throws a RangeError on votes out of range and on weights that are
 * not one per annotator, finite and at least 0.
 */
export const majorityVote = (votes: Votes, options: MajorityVoteOptions = {}): MajorityVote => {
  const action = "Cannot count votes"
  checkVotes(action, votes)
  const { weights, ties = "none" } = options
  const { annotator, item, label, nAnnotators, nClasses, nItems } = votes
  if (weights !== undefined) {
    if (weights.length !== nAnnotators) {
      throw new RangeError(
        `${action}: found ${weights.length} weights for ${nAnnotators} annotators, expected one each`
      )
    }
    const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
    if (bad >= 0) {
      throw new RangeError(
        `${action}: found weight ${weights[bad]} of annotator ${bad}, expected a number of at least 0`
      )
    }
  }
  const classProb = new Float64Array(nItems * nClasses)
  const nVotes = new Int32Array(nItems)
  for (let v = 0; v < item.length; v++) {
    classProb[item[v]! * nClasses + label[v]!]! += weights === undefined ? 1 : weights[annotator[v]!]!
    nVotes[item[v]!]!++
  }
  for (let i = 0; i < nItems; i++) {
    let sum = 0
    for (let c = 0; c < nClasses; c++) sum += classProb[i * nClasses + c]!
    for (let c = 0; c < nClasses; c++) classProb[i * nClasses + c]! /= sum
  }
  const consensus = likeliestClass(classProb, nClasses)
  if (ties !== "none") {
    for (let i = 0; i < nItems; i++) {
      if (consensus[i] !== -1 || Number.isNaN(classProb[i * nClasses]!)) continue
      const row = classProb.subarray(i * nClasses, (i + 1) * nClasses)
      const floor = Math.max(...row) - 1e-9
      const tied = [...row.keys()].filter((c) => row[c]! >= floor)
      consensus[i] = ties === "lowest" ? tied[0]! : tied[Math.floor(ties() * tied.length)]!
    }
  }
  return { classProb, consensus, nVotes }
}

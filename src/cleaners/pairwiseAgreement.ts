import { wilson } from "../math/wilson.ts"
import { checkVotes, votesByItem, type Votes } from "./Votes.ts"

/** Result of `pairwiseAgreement`: annotators by annotators, row-major and symmetric. */
export interface PairwiseAgreement {
  /** Pairs of votes, one of each annotator, on the same item; on the diagonal pairs of votes of the one annotator. */
  readonly nBoth: Int32Array
  /** Those that name the same class. */
  readonly nAgreeing: Int32Array
  /** Their share, in [0, 1]; NaN where there are none. */
  readonly agreement: Float64Array
  /** Ends of its 95 % Wilson interval; [0, 1] where there are none. */
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/**
 * Counts for every two annotators how often they agree where both voted.
 *
 * An annotator asked once per item has nothing on the diagonal; asked more often, the diagonal is how well it repeats itself.
 * The interval takes pairs as independent, which several votes of one annotator on an item are not quite. Deterministic.
 * Time O(sum over items of squared votes + annotators²), memory 32 bytes per pair of annotators: 32 MB for 1,000. Throws a
 * RangeError on votes out of range.
 */
export const pairwiseAgreement = (votes: Votes): PairwiseAgreement => {
  checkVotes("Cannot compare annotators", votes)
  const { nAnnotators, nClasses } = votes
  const { cells, starts } = votesByItem(votes)
  const nBoth = new Int32Array(nAnnotators * nAnnotators)
  const nAgreeing = new Int32Array(nAnnotators * nAnnotators)
  for (let i = 0; i < votes.nItems; i++) {
    for (let v = starts[i]!; v < starts[i + 1]!; v++) {
      const label = cells[v]! % nClasses
      const a = (cells[v]! - label) / nClasses
      for (let w = starts[i]!; w < v; w++) {
        const other = cells[w]! % nClasses
        const b = (cells[w]! - other) / nClasses
        const agrees = label === other ? 1 : 0
        nBoth[a * nAnnotators + b]!++
        nAgreeing[a * nAnnotators + b]! += agrees
        if (a === b) continue
        nBoth[b * nAnnotators + a]!++
        nAgreeing[b * nAnnotators + a]! += agrees
      }
    }
  }
  const agreement = new Float64Array(nBoth.length)
  const lower = new Float64Array(nBoth.length)
  const upper = new Float64Array(nBoth.length)
  for (let p = 0; p < nBoth.length; p++) {
    const interval = wilson(nAgreeing[p]!, nBoth[p]!)
    agreement[p] = nAgreeing[p]! / nBoth[p]!
    lower[p] = interval.lower
    upper[p] = interval.upper
  }
  return { nBoth, nAgreeing, agreement, lower, upper }
}

import type { PooledVotes } from "../cleaners/unidentifiedAnnotators.ts"
import { indexesWhere } from "../math/indexesWhere.ts"
import { sigmoid } from "../math/sigmoid.ts"
import type { PairLabels } from "./PairLabels.ts"

/** Votes that are judged, what is known of their items, and the evidence about each of them. */
export interface PairVotes {
  /** Places of the votes among the labels. */
  readonly at: Int32Array
  /** In long form; `pModel` by item, 1 or 0 where the right side is known, 1/2 without evidence. */
  readonly votes: PooledVotes
  /** Per vote, the probability that it is right by the evidence, or 1 or 0 where that is known; 1/2 without evidence. */
  readonly pVote: Float64Array
  /** Per item, the side that is known to be right, 1 or -1, or 0. */
  readonly knownSide: Int8Array
}

/**
 * Takes the labels that are judged, and puts together what is known and what the evidence says of each pair.
 *
 * `pModel` is that of each label's recorded order, NaN without evidence; of several labels on a pair the mean of the log-odds counts. Where
 * labels of a pair that are known say opposite things, the side that more of them name is right. Labels of trusted annotators, and those
 * that compare a text with itself, are not judged.
 */
export const pairVotes = (labels: PairLabels, pModel: Float64Array, isTrusted: (k: number) => boolean): PairVotes => {
  const { annotator, item, known, names, nItems, side } = labels
  const knownLead = new Int32Array(nItems)
  const logOdds = new Float64Array(nItems)
  const nEvidence = new Int32Array(nItems)
  for (let i = 0; i < item.length; i++) {
    if (known[i] !== -1) knownLead[item[i]!]! += side[i]! * (2 * known[i]! - 1)
    const p = pModel[i]!
    if (Number.isNaN(p)) continue
    nEvidence[item[i]!]!++
    logOdds[item[i]!]! += side[i]! * Math.max(-745, Math.min(745, Math.log(p) - Math.log1p(-p)))
  }
  const knownSide = Int8Array.from(knownLead, Math.sign)
  const at = indexesWhere(item.length, (i) => side[i] !== 0 && !isTrusted(annotator[i]!))
  return {
    at,
    knownSide,
    pVote: Float64Array.from(at, (i) => (known[i] !== -1 ? known[i]! : Number.isNaN(pModel[i]!) ? 0.5 : pModel[i]!)),
    votes: {
      item: Int32Array.from(at, (i) => item[i]!),
      annotator: Int32Array.from(at, (i) => annotator[i]!),
      side: Int8Array.from(at, (i) => side[i]!),
      nAnnotators: names.length,
      pModel: Float64Array.from(knownSide, (right, i) =>
        right !== 0 ? (right + 1) / 2 : nEvidence[i] === 0 ? 0.5 : sigmoid(logOdds[i]! / nEvidence[i]!)
      )
    }
  }
}

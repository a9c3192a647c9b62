import { likeliestClass } from "./likeliestClass.ts"
import { majorityVote } from "./majorityVote.ts"
import { checkVotes, votesPerAnnotator, type Votes } from "./Votes.ts"

/** Result of `crowdlab`. */
export interface Crowdlab {
  /** Items by classes, row-major: weighted average of the model and the votes; rows sum to 1. */
  readonly classProb: Float64Array
  /** Per item, the best class. */
  readonly consensus: Int8Array
  /** Per item, the probability of the consensus. */
  readonly consensusQuality: Float64Array
  /** Per vote, the probability of the class it named. */
  readonly labelQuality: Float64Array
  /** Per annotator, in [0, 1]: mean label quality blended with agreement with the consensus; NaN without votes. */
  readonly annotatorQuality: Float64Array
  /** Per annotator, at least 0: how much better it agrees with others than always naming the commonest class would. */
  readonly annotatorWeight: Float64Array
  /** The same for the model, times the root of the mean number of votes of an item. */
  readonly modelWeight: number
}

/**
 * Blends votes with a model's opinion by one weighted average, without iterating to a fixed point.
 *
 * `pModel`, items by classes, row-major, rows summing to 1, must come from a model that did not see these votes. Weights
 * compare errors with those of always naming the commonest consensus class: for an annotator, `1 - error / base` with
 * the error against other annotators of the same items (for who never met one, the mean of the rest); for the model the same with
 * its error against the consensus. Weights are kept above 1e-6. A vote stands for a distribution: the mean agreement with the
 * consensus on its class, the rest on the others. It is done twice: with the majority as consensus (a tie goes to the model's
 * likelier class), then with the consensus of the first pass.
 *
 * A cheap cross-check of the models that are fitted. Items without votes get the model's row. Deterministic; permuted
 * items or annotators permute the answer. Time and memory O(votes + items · classes). Throws a RangeError on votes or
 * probabilities out of range, and if no item has two votes: then annotators cannot be told from the model.
 *
 * Source: Goh, Tkachenko and Mueller 2022, https://arxiv.org/abs/2210.06812; details as in `multiannotator.py` of cleanlab
 */
export const crowdlab = (votes: Votes, pModel: Float64Array): Crowdlab => {
  const action = "Cannot blend votes with a model"
  checkVotes(action, votes)
  const { nClasses, nItems } = votes
  if (pModel.length !== nItems * nClasses) {
    throw new RangeError(
      `${action}: found ${pModel.length} probabilities, expected ${nClasses} for each of ${nItems} items`
    )
  }
  const bad = pModel.findIndex((p) => !(p >= 0 && p <= 1))
  if (bad >= 0) {
    throw new RangeError(
      `${action}: found p ${pModel[bad]} at item ${Math.floor(bad / nClasses)}, class ${bad % nClasses}, expected 0 to 1`
    )
  }
  const { classProb: shares, consensus: majority, nVotes } = majorityVote(votes)
  if (!nVotes.some((n) => n > 1)) {
    throw new RangeError(`${action}: found no item with two votes, expected some; use rePo, which takes single labels`)
  }
  const modelClass = new Int8Array(nItems)
  for (let i = 0; i < nItems; i++) {
    modelClass[i] = best(pModel, i, nClasses, () => true)
    if (majority[i] !== -1) continue
    const most = nVotes[i] === 0 ? 0 : shares[i * nClasses + best(shares, i, nClasses, () => true)]!
    majority[i] = best(pModel, i, nClasses, (c) => nVotes[i] === 0 || shares[i * nClasses + c]! >= most - 1e-9)
  }
  const error = errorsAgainstOthers(votes, shares, nVotes)
  const first = blend(votes, pModel, majority, modelClass, nVotes, error)
  const consensus = likeliestClass(first.classProb, nClasses).map((c, i) => (c === -1 ? majority[i]! : c))
  const last = blend(votes, pModel, consensus, modelClass, nVotes, error)
  return { ...last, consensus, ...qualities(votes, consensus, nVotes, last) }
}

const lowest = 1e-6

/** The class with the largest value of item i among those admitted. */
const best = (values: Float64Array, i: number, nClasses: number, admits: (c: number) => boolean): number => {
  let found = -1
  for (let c = 0; c < nClasses; c++) {
    if (admits(c) && (found === -1 || values[i * nClasses + c]! > values[i * nClasses + found]!)) found = c
  }
  return found
}

/** Per annotator, the share of other votes on the same items that differ from its own. */
const errorsAgainstOthers = (
  { annotator, item, label, nAnnotators, nClasses }: Votes,
  shares: Float64Array,
  nVotes: Int32Array
): Float64Array => {
  const nAgreeing = new Float64Array(nAnnotators)
  const nOthers = new Float64Array(nAnnotators)
  for (let v = 0; v < item.length; v++) {
    const n = nVotes[item[v]!]!
    nAgreeing[annotator[v]!]! += shares[item[v]! * nClasses + label[v]!]! * n - 1
    nOthers[annotator[v]!]! += n - 1
  }
  const known = [...nOthers.keys()].filter((k) => nOthers[k]! > 0)
  const mean = known.reduce((sum, k) => sum + nAgreeing[k]! / nOthers[k]!, 0) / known.length
  return nOthers.map((others, k) => 1 - (others > 0 ? nAgreeing[k]! / others : mean))
}

const blend = (
  { annotator, item, label, nClasses, nItems }: Votes,
  pModel: Float64Array,
  consensus: Int8Array,
  modelClass: Int8Array,
  nVotes: Int32Array,
  error: Float64Array
): { classProb: Float64Array; annotatorWeight: Float64Array; modelWeight: number } => {
  const agreeing = new Float64Array(nItems)
  for (let v = 0; v < item.length; v++) if (label[v] === consensus[item[v]!]) agreeing[item[v]!]!++
  const counts = new Float64Array(nClasses)
  let nShared = 0
  let agreement = 0
  let modelErrors = 0
  let nVoted = 0
  for (let i = 0; i < nItems; i++) {
    if (nVotes[i]! > 0) nVoted++
    if (nVotes[i]! < 2) continue
    nShared++
    agreement += agreeing[i]! / nVotes[i]!
    counts[consensus[i]!]!++
    if (modelClass[i] !== consensus[i]) modelErrors++
  }
  const onClass = agreement / nShared
  const onOther = (1 - onClass) / (nClasses - 1)
  const base = Math.max(lowest, 1 - Math.max(...counts) / nShared)
  const annotatorWeight = error.map((share) => Math.max(lowest, 1 - share / base))
  const modelWeight = Math.max(lowest, 1 - modelErrors / nShared / base) * Math.sqrt(item.length / nVoted)

  const classProb = pModel.map((p) => p * modelWeight)
  const total = new Float64Array(nItems).fill(modelWeight)
  for (let v = 0; v < item.length; v++) {
    const weight = annotatorWeight[annotator[v]!]!
    total[item[v]!]! += weight
    for (let c = 0; c < nClasses; c++) {
      classProb[item[v]! * nClasses + c]! += weight * (c === label[v] ? onClass : onOther)
    }
  }
  for (let j = 0; j < classProb.length; j++) classProb[j]! /= total[Math.floor(j / nClasses)]!
  return { classProb, annotatorWeight, modelWeight }
}

const qualities = (
  votes: Votes,
  consensus: Int8Array,
  nVotes: Int32Array,
  fit: { readonly classProb: Float64Array; readonly annotatorWeight: Float64Array; readonly modelWeight: number }
) => {
  const { annotator, item, label, nAnnotators, nClasses } = votes
  const { annotatorWeight, classProb, modelWeight } = fit
  const nLabels = votesPerAnnotator(votes)
  const labelQuality = Float64Array.from(item, (i, v) => classProb[i * nClasses + label[v]!]!)
  const quality = new Float64Array(nAnnotators)
  const nShared = new Float64Array(nAnnotators)
  const nAgreeing = new Float64Array(nAnnotators)
  for (let v = 0; v < item.length; v++) {
    const k = annotator[v]!
    quality[k]! += labelQuality[v]!
    if (nVotes[item[v]!]! < 2) continue
    nShared[k]!++
    if (label[v] === consensus[item[v]!]) nAgreeing[k]!++
  }
  const nVoted = nVotes.reduce((count, n) => count + (n > 0 ? 1 : 0), 0)
  const nActive = nLabels.reduce((count, n) => count + (n > 0 ? 1 : 0), 0)
  const weights = annotatorWeight.reduce((sum, weight, k) => sum + (nLabels[k] === 0 ? 0 : weight), 0)
  const share = modelWeight / (modelWeight + (weights * item.length) / nVoted / nActive)
  const annotatorQuality = quality.map((sum, k) => {
    const mean = sum / nLabels[k]!
    return nShared[k] === 0 ? mean : share * mean + ((1 - share) * nAgreeing[k]!) / nShared[k]!
  })
  const consensusQuality = Float64Array.from(consensus, (c, i) => classProb[i * nClasses + c]!)
  return { annotatorQuality, consensusQuality, labelQuality }
}

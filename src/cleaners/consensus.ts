import { keyedRandom } from "../math/keyedRandom.ts"
import { dawidSkene } from "./dawidSkene.ts"
import { glad } from "./glad.ts"
import { likeliestClass } from "./likeliestClass.ts"
import { majorityVote } from "./majorityVote.ts"
import { oneCoinDawidSkene } from "./oneCoinDawidSkene.ts"
import { checkVotes, type Votes } from "./Votes.ts"

/** The crowd models that `consensus` chooses from. */
export const consensusModels = ["majority", "oneCoinDawidSkene", "dawidSkene", "glad"] as const

/** One of them. */
export type ConsensusModel = (typeof consensusModels)[number]

/** Options of `consensus`. */
export interface ConsensusOptions {
  /** Per item the class known to be right from elsewhere than these votes, or -1; default -1 for all. */
  readonly trusted?: Int8Array
  /** Parts the annotators are dealt into, to be left out in turn; at least 2, default 5. */
  readonly nFolds?: number
  /** Seed of the dealing; default 0. */
  readonly seed?: string | number
}

/** How a model did in the choice; shares in [0, 1]. */
export interface ConsensusScore {
  readonly model: ConsensusModel
  /** Share of trusted items, or of held-out votes, that name the likeliest class; a class that shares the first place counts in part. */
  readonly score: number
  /** Gain over majority vote on the same items or votes, and its standard error; 0 and 0 for majority vote. */
  readonly gain: number
  readonly gainError: number
}

/** Result of `consensus`. */
export interface Consensus {
  readonly model: ConsensusModel
  /** What the choice rests on; "nothing" where there are too few trusted items and votes. */
  readonly basis: "trustedItems" | "heldOutAnnotators" | "nothing"
  /** Why this model, in words. */
  readonly reason: string
  /** Of every model, in the order of `consensusModels`; empty if the choice rests on nothing. */
  readonly scores: ReadonlyArray<ConsensusScore>
  /** Trusted items or held-out votes that the scores rest on. */
  readonly nTested: number
  /** Items by classes, row-major, as the model chosen gives them for all votes. */
  readonly classProb: Float64Array
  /** Per item the likeliest class; -1 for a tie or without votes. */
  readonly consensus: Int8Array
}

/** Fewest trusted items, or held-out votes, that a choice rests on. */
const fewest = 30

/**
 * Chooses the crowd model to trust, and gives its consensus: majority vote unless another model is shown to do better.
 *
 * With 30 trusted items that have votes, or more, models are compared by how many of these they get right. No model sees the
 * trusted classes. Else, with three annotators or more, a part of the annotators is left out in turn, models are fitted to the
 * votes of the others, and compared by how many votes of those left out, on items with other votes, name their consensus. That is
 * second best: it rewards what most annotators think, right or not, so where most are fooled it keeps to majority vote, and only
 * trusted items can tell. Where neither is possible majority vote is taken and the reason says so.
 *
 * The model with the largest gain over majority vote is taken if the gain is larger than one standard error, else majority
 * vote. The error is that of the paired difference: over items, or, for votes, over items or over annotators, whichever is
 * larger. The score of the model chosen is too good by the choice; to measure the choice itself, choose on other votes or items
 * than it is measured on.
 *
 * Deterministic in `seed`; permuted items permute the answer, permuted annotators are dealt into other parts. Time
 * `nFolds + 1` fits of every model. Throws a RangeError on votes or trusted classes out of range and on `nFolds` below 2.
 *
 * Source: one-standard-error rule, Breiman et al. 1984, Classification and Regression Trees, section 3.4.3
 */
export const consensus = (votes: Votes, options: ConsensusOptions = {}): Consensus => {
  const { nFolds = 5, seed = 0, trusted = new Int8Array(votes.nItems).fill(-1) } = options
  check(votes, trusted, nFolds)
  const tests = onTrusted(votes, trusted) ?? onHeldOut(votes, nFolds, seed)
  const scores = tests === null ? [] : scoresOf(tests)
  const chosen = choiceOf(scores)
  const classProb = classProbOf(chosen.model, votes)
  return {
    model: chosen.model,
    basis: tests?.basis ?? "nothing",
    reason: tests === null ? noChoice : reasonOf(chosen, scores, tests),
    scores,
    nTested: tests?.item.length ?? 0,
    classProb,
    consensus: likeliestClass(classProb, votes.nClasses)
  }
}

/** One entry per trusted item or held-out vote. */
interface Tests {
  readonly basis: "trustedItems" | "heldOutAnnotators"
  /** Per model, what it got right: 1, 0, or a part for a tie. */
  readonly hits: ReadonlyArray<ReadonlyArray<number>>
  /** What errors go together by: items, and for votes annotators. */
  readonly item: ReadonlyArray<number>
  readonly annotator: ReadonlyArray<number> | null
}

const classProbOf = (model: ConsensusModel, votes: Votes): Float64Array => {
  switch (model) {
    case "majority":
      return majorityVote(votes).classProb
    case "oneCoinDawidSkene":
      return oneCoinDawidSkene(votes).classProb
    case "dawidSkene":
      return dawidSkene(votes).classProb
    case "glad":
      return glad(votes).classProb
  }
}

const onTrusted = (votes: Votes, trusted: Int8Array): Tests | null => {
  const hasVotes = votesPerItem(votes)
  const item = [...trusted.keys()].filter((i) => trusted[i]! >= 0 && hasVotes[i]! > 0)
  if (item.length < fewest) return null
  const hits = consensusModels.map((model) => {
    const classProb = classProbOf(model, votes)
    return item.map((i) => hit(classProb, votes.nClasses, i, trusted[i]!))
  })
  return { basis: "trustedItems", hits, item, annotator: null }
}

const onHeldOut = (votes: Votes, nFolds: number, seed: string | number): Tests | null => {
  const voters = [...new Set(votes.annotator)].toSorted((a, b) => a - b)
  if (voters.length < 3) return null
  const keys = new Map(voters.map((k) => [k, keyedRandom("consensus", seed, k)()]))
  const dealt = voters.toSorted((a, b) => keys.get(a)! - keys.get(b)! || a - b)
  const foldOf = new Map(dealt.map((k, place) => [k, place % nFolds]))
  const hits = consensusModels.map((): Array<number> => [])
  const item: Array<number> = []
  const annotator: Array<number> = []
  for (let fold = 0; fold < Math.min(nFolds, voters.length); fold++) {
    const isHeldOut = Uint8Array.from(votes.annotator, (k) => Number(foldOf.get(k) === fold))
    const rest = {
      ...votes,
      item: votes.item.filter((_, v) => isHeldOut[v] === 0),
      annotator: votes.annotator.filter((_, v) => isHeldOut[v] === 0),
      label: votes.label.filter((_, v) => isHeldOut[v] === 0)
    }
    const hasVotes = votesPerItem(rest)
    const tested = [...votes.item.keys()].filter((v) => isHeldOut[v] === 1 && hasVotes[votes.item[v]!]! > 0)
    if (tested.length === 0) continue
    for (const v of tested) {
      item.push(votes.item[v]!)
      annotator.push(votes.annotator[v]!)
    }
    for (const [m, model] of consensusModels.entries()) {
      const classProb = classProbOf(model, rest)
      for (const v of tested) hits[m]!.push(hit(classProb, votes.nClasses, votes.item[v]!, votes.label[v]!))
    }
  }
  return item.length < fewest ? null : { basis: "heldOutAnnotators", hits, item, annotator }
}

const votesPerItem = ({ item, nItems }: Votes): Int32Array => {
  const counts = new Int32Array(nItems)
  for (const i of item) counts[i]!++
  return counts
}

/** 1 if the class has the largest probability, 1/n if n classes share it, else 0. */
const hit = (classProb: Float64Array, nClasses: number, i: number, label: number): number => {
  const row = classProb.subarray(i * nClasses, (i + 1) * nClasses)
  const floor = Math.max(...row) - 1e-9
  return row[label]! < floor ? 0 : 1 / row.reduce((n, p) => n + Number(p >= floor), 0)
}

const scoresOf = ({ annotator, hits, item }: Tests): ReadonlyArray<ConsensusScore> =>
  consensusModels.map((model, m) => {
    const gains = hits[m]!.map((share, at) => share - hits[0]![at]!)
    const overItems = clusteredError(gains, item)
    return {
      model,
      score: mean(hits[m]!),
      gain: mean(gains),
      gainError: annotator === null ? overItems : Math.max(overItems, clusteredError(gains, annotator))
    }
  })

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Standard error of a mean whose values go together in groups. */
const clusteredError = (values: ReadonlyArray<number>, group: ReadonlyArray<number>): number => {
  const centre = mean(values)
  const sums = new Map<number, number>()
  for (const [at, value] of values.entries()) sums.set(group[at]!, (sums.get(group[at]!) ?? 0) + value - centre)
  const squares = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0)
  return Math.sqrt((squares * sums.size) / Math.max(1, sums.size - 1)) / values.length
}

const choiceOf = (scores: ReadonlyArray<ConsensusScore>): ConsensusScore => {
  const majority = { model: "majority", score: Number.NaN, gain: 0, gainError: 0 } as const
  const best = bestOther(scores)
  return best !== undefined && best.gain > best.gainError ? best : (scores[0] ?? majority)
}

/** The model other than majority vote with the largest gain, the simpler one of equals. */
const bestOther = (scores: ReadonlyArray<ConsensusScore>): ConsensusScore | undefined =>
  scores
    .slice(1)
    .reduce<ConsensusScore | undefined>(
      (best, one) => (best === undefined || one.gain > best.gain ? one : best),
      undefined
    )

const noChoice =
  `Majority vote: there are neither ${fewest} trusted items with votes nor three annotators who share enough items, so no ` +
  "model can be shown to do better"

const names = {
  majority: "Majority vote",
  oneCoinDawidSkene: "One-coin Dawid-Skene",
  dawidSkene: "Dawid-Skene",
  glad: "GLAD"
}

const reasonOf = (chosen: ConsensusScore, scores: ReadonlyArray<ConsensusScore>, { basis, item }: Tests): string => {
  const best = bestOther(scores)!
  const tested = basis === "trustedItems" ? "trusted items" : "votes of annotators left out"
  const compared =
    `gets ${percent(best.score)} % of ${item.length} ${tested} right and majority vote ${percent(scores[0]!.score)} %, a gain of ` +
    `${percent(best.gain)} points, standard error ${percent(best.gainError)}`
  return chosen.model === "majority"
    ? `Majority vote: the best of the others, ${names[best.model]}, ${compared}: not more than one standard error`
    : `${names[chosen.model]} ${compared}: more than one standard error`
}

const percent = (share: number): string => (100 * share).toFixed(1)

const check = (votes: Votes, trusted: Int8Array, nFolds: number): void => {
  const action = "Cannot choose a consensus"
  checkVotes(action, votes)
  if (trusted.length !== votes.nItems) {
    throw new RangeError(
      `${action}: found ${trusted.length} trusted classes for ${votes.nItems} items, expected one each`
    )
  }
  const bad = trusted.findIndex((c) => c < -1 || c >= votes.nClasses)
  if (bad >= 0) {
    throw new RangeError(
      `${action}: found trusted class ${trusted[bad]} of item ${bad}, expected -1 to ${votes.nClasses - 1}`
    )
  }
  if (!(Number.isInteger(nFolds) && nFolds >= 2)) {
    throw new RangeError(`${action}: found nFolds ${nFolds}, expected an integer from 2`)
  }
}

import { hash32, mixBits } from "../math/hash32.ts"
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
  /** Parts the votes are dealt into, to be left out in turn; at least 2, default 5. */
  readonly nFolds?: number
  /** Seed of the dealing; default 0. */
  readonly seed?: string | number
}

/** How a model did in the choice; shares in [0, 1]. */
export interface ConsensusScore {
  readonly model: ConsensusModel
  /** Share of the trusted items or held-out votes that name the likeliest class; one that shares the first place counts in part. */
  readonly score: number
  /** Gain over majority vote on the same items or votes, and its standard error over items; 0 and 0 for majority vote. */
  readonly gain: number
  readonly gainError: number
  /** Annotators whose held-out votes, ties with them, it names more often, and less often, than majority vote; 0 and 0 on trusted items. */
  readonly nFor: number
  readonly nAgainst: number
}

/** Result of `consensus`. */
export interface Consensus {
  readonly model: ConsensusModel
  /** What the choice rests on; "nothing" where there are too few trusted items and votes. */
  readonly basis: "trustedItems" | "heldOutVotes" | "nothing"
  /** Why this model, in words. */
  readonly reason: string
  /** Of every model, in the order of `consensusModels`; empty if the choice rests on nothing. */
  readonly scores: ReadonlyArray<ConsensusScore>
  /** Trusted items, or held-out votes on items whose other votes do not tie, that the scores rest on. */
  readonly nTested: number
  /** Items by classes, row-major, as the model chosen gives them for all votes. */
  readonly classProb: Float64Array
  /** Per item the likeliest class; -1 for a tie or without votes. */
  readonly consensus: Int8Array
}

/** Fewest trusted items, or held-out votes, that a choice rests on. */
const fewest = 30

/** Standard errors that the best of three gains passes by chance in at most 5 % of the cases, one sided, after Bonferroni. */
const shown = 2.13

/**
 * Chooses the crowd model to trust, and gives its consensus: majority vote unless another model is shown to do better.
 *
 * With 30 trusted items that have votes, or more, models are compared by how many of these they get right. No model sees the
 * trusted classes. Else, with three annotators or more, a part of the votes is left out in turn, models are fitted to the other
 * votes, and compared by how many votes left out name their consensus. That is second best: it rewards what most annotators
 * think, right or not, so where most are fooled it keeps to majority vote, and only trusted items can tell. Where neither is
 * possible majority vote is taken and the reason says so.
 *
 * Votes left out are compared where the other votes on their item are there and do not tie. Of three votes two tie as soon as
 * one that agrees is left out, and a model gains by breaking a tie that is none with all three: that gain is not had on other
 * annotators. So the measure never sees what a model does with an even split, errs towards majority vote, and shows little from
 * three votes an item.
 *
 * A model is shown to do better by two things. Its gain over majority vote is larger than 2.13 standard errors of the paired
 * difference, so that with three models to choose from a gain by chance alone is taken for one in at most 5 % of the cases; votes
 * on one item count together, and parts share most of what they learn from, which widens the error of k parts by
 * `sqrt((2k - 1) / (k - 1))`, 1.5 for five. And it names the votes of `nFor` annotators better than majority vote and of `nAgainst`
 * worse, ties with them, where `nFor - nAgainst` is more than its standard error by chance, `sqrt(nFor + nAgainst)`: annotators who
 * copy one another predict one another, so a gain that half of them make at the cost of the others shows nothing. A group of
 * copies that is the majority cannot be told from votes. Of the models shown the one with the largest gain is taken; its score is
 * too good by the choice, so measure the choice itself on other votes or items.
 *
 * In simulations, 36 crowds each: with two adversaries among seven or three among twelve on 400 items all leave majority vote, with
 * two good annotators among seven on 300 items 29, with reliabilities of 0.9 to 0.55 for five on 1,000 items 12, with half of 40
 * guessing and five votes an item 11, with one good among five 3, and with one good annotator of three none. The rule was chosen on
 * 1,400 crowds of 38 kinds, of which 231 leave, one of them to be less right and two to do worse on annotators not seen. Of 936
 * crowds drawn afterwards 151 leave and none does worse; with the rule before, which took such ties for gains, 267 leave and 20 do.
 *
 * On five real sets, in the third look at them, it is below majority vote in none of 146 figures and seldom leaves it; the first
 * two looks, at rules that took such ties for gains, found 4 and 3 of 55 on annotators not seen, and larger gains.
 *
 * Deterministic in `seed`; the order of the votes does not matter, other numbers for items or annotators deal votes into other
 * parts. Time `nFolds + 1` fits of every model. Throws a RangeError on votes or trusted classes out of range and on `nFolds`
 * below 2.
 *
 * Source: error over parts that overlap, Nadeau and Bengio 2003, https://doi.org/10.1023/A:1024068626366
 */
export const consensus = (votes: Votes, options: ConsensusOptions = {}): Consensus => {
  const { nFolds = 5, seed = 0, trusted = new Int8Array(votes.nItems).fill(-1) } = options
  check(votes, trusted, nFolds)
  const tests = onTrusted(votes, trusted) ?? onHeldOut(votes, nFolds, seed)
  const scores = tests === null ? [] : scoresOf(tests)
  const chosen = choiceOf(scores)
  const model = chosen?.model ?? "majority"
  const classProb = classProbOf(model, votes)
  return {
    model,
    basis: tests?.basis ?? "nothing",
    reason: tests === null || chosen === undefined ? noChoice : reasonOf(chosen, scores, tests),
    scores,
    nTested: tests?.isFair.filter(Boolean).length ?? 0,
    classProb,
    consensus: likeliestClass(classProb, votes.nClasses)
  }
}

/** One entry per trusted item or held-out vote. */
interface Tests {
  readonly basis: "trustedItems" | "heldOutVotes"
  /** Per model, what it got right: 1, 0, or a part for a tie. */
  readonly hits: ReadonlyArray<ReadonlyArray<number>>
  /** Whether what it got right there says what it gets right with all votes. */
  readonly isFair: ReadonlyArray<boolean>
  /** Errors on one item go together. */
  readonly item: ReadonlyArray<number>
  /** Whose vote it is; null on trusted items. */
  readonly annotator: ReadonlyArray<number> | null
  /** What the standard error is widened by because parts share what they learn from. */
  readonly widening: number
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
  return { basis: "trustedItems", hits, isFair: item.map(() => true), item, annotator: null, widening: 1 }
}

const onHeldOut = (votes: Votes, nFolds: number, seed: string | number): Tests | null => {
  if (new Set(votes.annotator).size < 3) return null
  const base = hash32(String(seed), 0)
  const foldOf = Int32Array.from(
    votes.item,
    (i, v) => (mixBits(Math.imul(mixBits(base ^ i), 31) ^ votes.annotator[v]!) >>> 0) % nFolds
  )
  const hits = consensusModels.map((): Array<number> => [])
  const item: Array<number> = []
  const annotator: Array<number> = []
  const isFair: Array<boolean> = []
  for (let fold = 0; fold < nFolds; fold++) {
    const isKept = (_: number, v: number) => foldOf[v] !== fold
    const rest = {
      ...votes,
      item: votes.item.filter(isKept),
      annotator: votes.annotator.filter(isKept),
      label: votes.label.filter(isKept)
    }
    const hasVotes = votesPerItem(rest)
    const tested = [...votes.item.keys()].filter((v) => foldOf[v] === fold && hasVotes[votes.item[v]!]! > 0)
    if (tested.length === 0) continue
    const ofRest = majorityVote(rest).consensus
    for (const v of tested) {
      item.push(votes.item[v]!)
      annotator.push(votes.annotator[v]!)
      isFair.push(ofRest[votes.item[v]!]! >= 0)
    }
    for (const [m, model] of consensusModels.entries()) {
      const classProb = classProbOf(model, rest)
      for (const v of tested) hits[m]!.push(hit(classProb, votes.nClasses, votes.item[v]!, votes.label[v]!))
    }
  }
  const widening = Math.sqrt((2 * nFolds - 1) / (nFolds - 1))
  return isFair.filter(Boolean).length < fewest
    ? null
    : { basis: "heldOutVotes", hits, isFair, item, annotator, widening }
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

const scoresOf = ({ annotator, hits, isFair, item, widening }: Tests): ReadonlyArray<ConsensusScore> => {
  const fair = <A>(values: ReadonlyArray<A>) => values.filter((_, at) => isFair[at])
  return consensusModels.map((model, m) => {
    const gains = hits[m]!.map((share, at) => share - hits[0]![at]!)
    const ofAnnotators = annotator === null ? [] : [...sumsOf(gains, annotator).values()]
    return {
      model,
      score: mean(fair(hits[m]!)),
      gain: mean(fair(gains)),
      gainError: widening * clusteredError(fair(gains), fair(item)),
      nFor: ofAnnotators.filter((sum) => sum > 1e-9).length,
      nAgainst: ofAnnotators.filter((sum) => sum < -1e-9).length
    }
  })
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const sumsOf = (values: ReadonlyArray<number>, group: ReadonlyArray<number>): Map<number, number> => {
  const sums = new Map<number, number>()
  for (const [at, value] of values.entries()) sums.set(group[at]!, (sums.get(group[at]!) ?? 0) + value)
  return sums
}

/** Standard error of a mean whose values go together in groups. */
const clusteredError = (values: ReadonlyArray<number>, group: ReadonlyArray<number>): number => {
  const centre = mean(values)
  const sums = sumsOf(
    values.map((value) => value - centre),
    group
  )
  const squares = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0)
  return Math.sqrt((squares * sums.size) / Math.max(1, sums.size - 1)) / values.length
}

const choiceOf = (scores: ReadonlyArray<ConsensusScore>): ConsensusScore | undefined =>
  largestGain(scores.slice(1).filter((one) => isLarge(one) && isCommon(one))) ?? scores[0]

const isLarge = ({ gain, gainError }: ConsensusScore): boolean => gain > shown * gainError

/** More annotators for than against, by more than the standard error of the difference if either were as likely. */
const isCommon = ({ nAgainst, nFor }: ConsensusScore): boolean =>
  nFor - nAgainst > Math.sqrt(nFor + nAgainst) || nFor + nAgainst === 0

/** The simpler one of equals. */
const largestGain = (scores: ReadonlyArray<ConsensusScore>): ConsensusScore | undefined =>
  scores.reduce<ConsensusScore | undefined>(
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

const reasonOf = (chosen: ConsensusScore, scores: ReadonlyArray<ConsensusScore>, { basis, isFair }: Tests): string => {
  const others = scores.slice(1)
  const best = chosen.model === "majority" ? (largestGain(others.filter(isLarge)) ?? largestGain(others)!) : chosen
  const tested = basis === "trustedItems" ? "trusted items" : "votes left out"
  const compared =
    `gets ${percent(best.score)} % of ${isFair.filter(Boolean).length} ${tested} right and majority vote ${percent(scores[0]!.score)} %, a gain of ` +
    `${percent(best.gain)} points, standard error ${percent(best.gainError)}`
  if (chosen.model !== "majority") return `${names[best.model]} ${compared}: more than ${shown} standard errors`
  const why = isLarge(best)
    ? `the votes of ${best.nFor} annotators speak for it and those of ${best.nAgainst} against it, which chance may do`
    : `not more than ${shown} standard errors`
  return `Majority vote: the best of the others, ${names[best.model]}, ${compared}: ${why}`
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

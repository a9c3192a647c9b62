import type { VoteAudit } from "./auditVotes.ts"
import { estimatePairs, type VoteMethod } from "./estimatePairs.ts"
import { flagBelow } from "./flagBelow.ts"
import { type Amount, lowestFraction } from "./lowestFraction.ts"
import { isMissing, type MissingEvidence } from "./MissingEvidence.ts"
import { type PlacedVotes, type RecordedPairs, recordPairs } from "./recordPairs.ts"

/** Methods that only rank pairs, and tell no probability. */
export const rankingMethods = ["rwGap", "textModel"] as const

/** What finds wrong orders. */
export type CleaningMethod = VoteMethod | (typeof rankingMethods)[number]

/** How votes are cleaned. */
export interface CleanVotesOptions {
  /** Default "rePo". */
  readonly method?: CleaningMethod
  /** Annotators whose verdicts are taken as true. Default none. */
  readonly trusted?: ReadonlyArray<string>
  /** Pairs whose recorded order has a lower probability are flagged. Default 0.5; not for methods that only rank. */
  readonly threshold?: number
  /** How many pairs are flagged, those with the lowest probability or gap first, in place of a threshold; methods that only rank need it. */
  readonly amount?: Amount
  /** Per item, the score of side A less that of B by a model of the texts; NaN where there is none. "textModel" needs it. */
  readonly textGap?: Float64Array
  /** Per item, a number that breaks ties of an amount whatever the order of the rows. Default the number of the item. */
  readonly itemKey?: Int32Array
}

/** Pairs as they were recorded, and how far that can be believed: one entry per pair unless said otherwise. */
export interface CleanedPairs extends RecordedPairs {
  /** Probability that the recorded order is right; NaN where it cannot be told. */
  readonly labelProb: Float64Array
  /** What pairs are ranked by, the lowest the most suspect: `labelProb`, or a gap in favour of the recorded order; NaN where nothing is known. */
  readonly score: Float64Array
  /** 1 where the recorded order is suspect; never where trusted annotators decided it. */
  readonly flagged: Uint8Array
  /** The model and why it was taken, in words. */
  readonly words: string
  /** The audit behind "rePo"; null for the other methods. */
  readonly audit: VoteAudit | null
}

/** Warnings of an audit that leaves labels without a probability because of them. */
const misleading = new Set(["correlatedJudges", "majorityBelowChance"])

/**
 * Makes one order of all votes on each pair and finds the orders that are probably wrong, or says which evidence is missing.
 *
 * "rePo", "majority", "consensus", "dawidSkene" and "glad" are those of `estimatePairs`. "rwGap" takes the mean gap between the scores of the
 * two answers, "textModel" a gap that is given; both rank, and nobody knows what share of their flags is right. What is done about flagged
 * pairs is for `treat`. Ties of an amount go by `itemKey`. Deterministic. Throws a RangeError on a threshold or amount out of range and on unequal
 * lengths.
 */
export const cleanVotes = (votes: PlacedVotes, options: CleanVotesOptions = {}): CleanedPairs | MissingEvidence => {
  const { amount, itemKey, method = "rePo", textGap, threshold = 0.5, trusted = [] } = options
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`Cannot clean votes: found threshold ${threshold}, expected a probability from 0 to 1`)
  }
  const { columns } = votes
  const pairs = recordPairs(votes, trusted)
  const isDecided = (g: number) => pairs.side[g] !== 0
  if (!pairs.side.some((side) => side !== 0)) {
    return { found: `no winner in ${columns.item.length} votes`, expected: "votes for one of two answers" }
  }
  const rank = (score: Float64Array): Uint8Array => {
    const rowId = Array.from(pairs.item, (i, g) => `${itemKey?.[i] ?? i} ${pairs.part[g]}`)
    const open = score.map((value, g) => (pairs.isSettled[g] === 1 ? Number.NaN : value))
    return lowestFraction(open, rowId, amount!)
  }

  if (method === "rwGap" || method === "textModel") {
    const gap = method === "rwGap" ? columns.gap : (textGap ?? new Float64Array(columns.gap.length).fill(Number.NaN))
    const score = Float64Array.from(pairs.item, (i, g) => (isDecided(g) ? pairs.side[g]! * gap[i]! : Number.NaN))
    if (score.every((value) => Number.isNaN(value))) {
      return method === "rwGap"
        ? { found: "no pair with scores of both answers", expected: "two columns of scores" }
        : { found: "no pair that a model of the texts scores", expected: "pairs of texts" }
    }
    if (amount === undefined) {
      return { found: "a method that ranks pairs alone", expected: "how many of them are to be flagged" }
    }
    const words = method === "rwGap" ? "gap between the scores" : "model of the texts, trained on other pairs"
    const labelProb = new Float64Array(score.length).fill(Number.NaN)
    return { ...pairs, labelProb, score, flagged: rank(score), words, audit: null }
  }

  const estimates = estimatePairs(columns, method, trusted)
  if (isMissing(estimates)) return estimates
  const labelProb = Float64Array.from(pairs.item, (i, g) => {
    if (!isDecided(g)) return Number.NaN
    return pairs.side[g] === 1 ? estimates.pBetter[i]! : 1 - estimates.pBetter[i]!
  })
  if (labelProb.every((p, g) => Number.isNaN(p) || pairs.isSettled[g] === 1)) {
    const why = estimates.audit?.warnings.find(({ code }) => misleading.has(code))
    return why === undefined
      ? { found: "no pair whose order can be told", expected: "votes of annotators who can be judged" }
      : { found: why.message, expected: null }
  }
  const flagged = amount === undefined ? flagBelow(labelProb, threshold) : rank(labelProb)
  return { ...pairs, labelProb, score: labelProb, flagged, words: estimates.words, audit: estimates.audit }
}

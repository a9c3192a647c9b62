import type { VoteColumns } from "./VoteTable.ts"
import { indexesWhere } from "../math/indexesWhere.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { crossCalibrate, type CrossCalibration } from "./crossCalibrate.ts"
import * as AuditCycles from "./AuditCycles.ts"
import { compareJudges } from "./compareJudges.ts"
import { areCorrelated } from "./effectiveJudges.ts"
import { decidedVotes } from "./decidedVotes.ts"
import { errorsAgainstTruth } from "./errorsAgainstTruth.ts"
import { krippendorffAlpha } from "./krippendorffAlpha.ts"
import { type LengthBias, lengthBias } from "./lengthBias.ts"
import { majorityReliability } from "./majorityReliability.ts"
import type { NoiseRate } from "./noiseRate.ts"
import type { NoiseWarning } from "./NoiseWarning.ts"
import { noiseWarnings } from "./noiseWarnings.ts"
import * as OneVoteEach from "./OneVoteEach.ts"
import { orderEffects } from "./orderEffects.ts"
import type { OrderEffect } from "./orderSwap.ts"
import { pairwiseAgreement, type PairwiseAgreement } from "./pairwiseAgreement.ts"
import { pooledRePo, type PooledRePoFit } from "./pooledRePo.ts"
import { weakPrior } from "./weakPrior.ts"

/** What is known of votes besides the votes. */
export interface AuditOptions {
  /** Annotators whose verdicts are taken as true, by name. They calibrate scores and settle pairs, and are not audited. */
  readonly trusted?: ReadonlyArray<string>
}

/** What an audit of votes comes to. */
export interface VoteAudit {
  /** Votes with a winner by annotators that are not trusted: those that were judged. */
  readonly nLabels: number
  readonly nTies: number
  readonly nUnreadable: number
  /** Votes that compare a text with itself. */
  readonly nSameTexts: number
  readonly nPairs: number
  /** Pairs with votes of two annotators or more, trusted ones left out. */
  readonly nOverlapping: number
  readonly method: string
  /** The fit to one vote each, with reliabilities and numbers of labels of all votes; counted where `method` says so. */
  readonly fit: Omit<PooledRePoFit, "labelProb" | "noiseRate">
  /** Null where it cannot be told; the warnings say why. */
  readonly noiseRate: NoiseRate | null
  /** Per vote, the probability that it is right; NaN for ties, trusted votes and where it cannot be told. */
  readonly labelProb: Float64Array
  /** Per vote, 1 where it is more probably wrong than right. */
  readonly flagged: Uint8Array
  /** Per pair, the probability, by scores and trusted votes, that side A is better. */
  readonly pModel: Float64Array
  readonly calibration: CrossCalibration | null
  /** Krippendorff's alpha over the sides; null where no pair has two votes. */
  readonly alpha: number | null
  readonly agreement: PairwiseAgreement
  readonly orderEffects: ReadonlyArray<OrderEffect>
  readonly lengthBias: LengthBias
  readonly cycles: AuditCycles.AuditCycles | null
  readonly warnings: ReadonlyArray<NoiseWarning | { readonly code: string; readonly message: string }>
}

/**
 * Estimates from votes alone, or with scores and trusted annotators, how noisy they are and who can be trusted.
 *
 * All votes on a pair share one truth (`pooledRePo`). The noise rate is that of a fit without a prior; reliabilities and label
 * probabilities have a weak one of two labels, centred on it (`weakPrior`). Votes of one annotator on one pair stand for one opinion
 * (`OneVoteEach`). What is known of a pair besides its votes is its prior: 1 or 0 where trusted
 * annotators settle it, the score gap where trusted annotators calibrate it out of fold, else even odds. Scores that nothing
 * calibrates are not used: their unit decides the noise rate. Where annotators err together (`effectiveJudges`) or their majority
 * misleads, agreement proves nothing: with 30 pairs of known truth errors are counted on these, and only labels on them have a
 * probability. Where votes cannot tell, or leave the whole range open, the noise rate is null and a warning says why; nothing is guessed. Deterministic. Time some 50 passes over the votes; memory some 60 bytes a vote beyond the
 * columns.
 */
export const auditVotes = (columns: VoteColumns, options: AuditOptions = {}): VoteAudit => {
  const { annotator, annotators, item, side, verdict } = columns
  const nPairs = columns.prompt.length
  const isTrusted = Uint8Array.from(annotators, (name) => (name !== null && options.trusted?.includes(name) ? 1 : 0))
  const truth = Int8Array.from(columns.truth)
  for (let v = 0; v < item.length; v++) if (isTrusted[annotator[v]!] === 1) truth[item[v]!]! += side[v]!
  for (let i = 0; i < nPairs; i++) truth[i] = Math.sign(truth[i]!)

  const calibration = calibrate(columns, truth)
  const pModel = Float64Array.from(truth, (known, i) =>
    known === 0 ? (calibration?.pModel?.[i] ?? 0.5) : known === 1 ? 1 : 0
  )
  const ownSide = side.map((value, v) => (isTrusted[annotator[v]!] === 1 ? 0 : value))
  const once = OneVoteEach.make({ item, annotator, side: ownSide, pModel, nAnnotators: annotators.length })
  const pooled = { item: once.item, annotator: once.annotator, side: once.side, pModel, nAnnotators: annotators.length }
  const flat = pooledRePo(pooled)
  // Of a few labels all may be right by chance; the prior keeps such an annotator from being taken for perfect.
  const fit = flat.noiseRate === null ? flat : pooledRePo(pooled, { prior: weakPrior({ noiseRate: flat.noiseRate }) })
  const hasEvidence = pModel.some((p) => p !== 0.5)
  const overlaps = countOverlaps(once, nPairs)
  const counted = errorsAgainstTruth({ item, annotator, side: ownSide, truth, nAnnotators: annotators.length })
  const isCounted = counted.nItems >= enoughTrusted
  const majority = hasEvidence ? majorityReliability(pooled) : undefined
  const judges = overlaps.nOverlapping === 0 ? null : compareJudges(columns, once, fit, isCounted ? truth : null)
  const misleads = (judges !== null && areCorrelated(judges.together)) || (majority?.upper ?? 1) < 0.5
  const isByCounting = isCounted && misleads
  const shown = isByCounting ? counted : OneVoteEach.ofAllVotes({ ...fit, noiseRate: flat.noiseRate }, once)

  const examined = isByCounting ? { ...fit, reliability: counted.reliability, ci95: counted.ci95 } : fit
  const warnings: Array<NoiseWarning | { readonly code: string; readonly message: string }> = noiseWarnings(examined, {
    calibrated: true,
    mostVotes: overlaps.most,
    annotatorNames: annotators.map((name) => name ?? "(nobody named)"),
    ...(majority === undefined ? {} : { majority }),
    ...(judges === null
      ? {}
      : { ...judges, together: { ...judges.together, learnedFrom: isCounted ? "knownAnswers" : "agreement" } })
  })
  const nScored = columns.gap.reduce((n, gap) => n + (Number.isNaN(gap) ? 0 : 1), 0)
  if (nScored > 0 && calibration?.pModel == null) warnings.push(scoresUnused(nScored, nPairs, calibration))
  if (columns.nContradicted > 0) warnings.unshift(truthContradicts(columns))
  const nLabels = ownSide.reduce((n, value) => n + Math.abs(value), 0)
  if (nLabels === 0) warnings.unshift(noLabels(columns))
  const isOpen = shown.noiseRate !== null && shown.noiseRate.upper - shown.noiseRate.lower > allOfIt
  if (isOpen) warnings.unshift(openInterval)
  const refusals = warnings.filter((warning) => "refuses" in warning && warning.refuses)
  const refused =
    isOpen || fit.noiseRate === null || refusals.some(({ code }) => !isByCounting || code !== "majorityBelowChance")
  const labelProb = Float64Array.from(item, (i, v) => {
    const isKnown = ownSide[v] !== 0 && !refused && !Number.isNaN(fit.reliability[annotator[v]!]!)
    if (!isKnown || (isByCounting && truth[i] === 0)) return Number.NaN
    return ownSide[v] === 1 ? fit.posterior[i]! : 1 - fit.posterior[i]!
  })
  const votes = decidedVotes(once, nPairs, annotators.length)
  const alpha = overlaps.most < 2 ? Number.NaN : krippendorffAlpha(votes).alpha
  return {
    nLabels,
    nTies: verdict.reduce((n, value) => n + (value === 0 ? 1 : 0), 0),
    nUnreadable: verdict.reduce((n, value) => n + (value === 2 ? 1 : 0), 0),
    nSameTexts: columns.first.reduce((n, value, v) => n + (value === columns.second[v] ? 1 : 0), 0),
    nPairs,
    nOverlapping: overlaps.nOverlapping,
    method: isByCounting
      ? "counting against known answers"
      : hasEvidence
        ? "one-coin Dawid-Skene with calibrated evidence"
        : "one-coin Dawid-Skene",
    fit: { ...fit, reliability: shown.reliability, ci95: shown.ci95, nLabels: once.nVotes },
    noiseRate: refused ? null : shown.noiseRate,
    labelProb,
    flagged: Uint8Array.from(labelProb, (p) => (p < 0.5 ? 1 : 0)),
    pModel,
    calibration,
    alpha: Number.isNaN(alpha) ? null : alpha,
    agreement: pairwiseAgreement(votes),
    orderEffects: columns.sidesRecorded ? orderEffects(columns) : [],
    lengthBias: lengthBias(columns.chosenLength, columns.rejectedLength),
    cycles: AuditCycles.count(columns),
    warnings
  }
}

/** Calibrates the score gaps on pairs that trusted annotators settled; null without scores or such pairs. */
const calibrate = ({ gap, prompt }: VoteColumns, truth: Int8Array): CrossCalibration | null => {
  const scored = indexesWhere(gap.length, (i) => !Number.isNaN(gap[i]!))
  if (!scored.some((i) => truth[i] !== 0)) return null
  const fit = crossCalibrate({
    margin: Float64Array.from(scored, (i) => gap[i]!),
    correct: Int8Array.from(scored, (i) => (truth[i] === 0 ? -1 : truth[i] === 1 ? 1 : 0)),
    group: Int32Array.from(scored, (i) => prompt[i]!),
    method: "temperature",
    random: keyedRandom("auditVotes", "folds")
  })
  if (fit.pModel === null) return fit
  const pModel = new Float64Array(gap.length).fill(0.5)
  for (const [at, i] of scored.entries()) pModel[i] = fit.pModel[at]!
  return { ...fit, pModel }
}

const scoresUnused = (nScored: number, nPairs: number, calibration: CrossCalibration | null) => ({
  code: "scoresNotUsed",
  message:
    `${nScored} of ${nPairs} pairs have scores, and ${calibration === null ? "no trusted annotator judged any of them" : `they could not be calibrated (${calibration.reason})`}, ` +
    "so the scores were left out: how sure a score gap is decides the noise rate. Name annotators who are right with --trusted"
})

/** Width of an interval from which on it says nothing. */
const allOfIt = 0.99

const openInterval = {
  code: "openInterval",
  message:
    "The 95 % interval of the noise rate is the whole range from 0 to 1, so any rate fits these votes. Have more annotators vote on the " +
    "same pairs, or add trusted annotators or known answers"
}

const noLabels = ({ verdict }: VoteColumns) => {
  const count = (of: number) => verdict.reduce((n, value) => n + (value === of ? 1 : 0), 0)
  return {
    code: "noLabels",
    message:
      `None of ${verdict.length} votes is a label with a winner to be judged: ${count(0)} are ties and ${count(2)} have no verdict; the others ` +
      "compare a text with itself or are those of trusted annotators. Check --label and --label-values"
  }
}

const truthContradicts = ({ nContradicted, truth }: VoteColumns) => ({
  code: "truthContradicts",
  message:
    `${nContradicted} of ${nContradicted + truth.reduce((n, side) => n + Math.abs(side), 0)} pairs with known answers hold answers that contradict ` +
    "each other, and count as pairs whose answer is not known. Where rows of different pairs have the same id, name what tells them " +
    "apart with --pair; else correct the answers"
})

/** Pairs of known truth from which on errors are counted on them where agreement misleads. */
const enoughTrusted = 30

const countOverlaps = ({ annotator, item, side }: OneVoteEach.OneVoteEach, nPairs: number) => {
  const first = new Int32Array(nPairs).fill(-1)
  const nVotes = new Int32Array(nPairs)
  const hasTwo = new Uint8Array(nPairs)
  for (let v = 0; v < item.length; v++) {
    if (side[v] === 0) continue
    const i = item[v]!
    nVotes[i]!++
    if (first[i] === -1) first[i] = annotator[v]!
    else if (first[i] !== annotator[v]) hasTwo[i] = 1
  }
  return {
    most: nVotes.reduce((most, n) => Math.max(most, n), 0),
    nOverlapping: hasTwo.reduce((n, value) => n + value, 0)
  }
}

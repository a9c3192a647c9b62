import type { VoteColumns } from "./VoteTable.ts"
import { mixBits } from "../math/hash32.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { wilson } from "../math/wilson.ts"
import { cycleErrorRate } from "./cycleErrorRate.ts"
import { cyclesOf } from "./cyclesOf.ts"
import { crossCalibrate, type CrossCalibration } from "./crossCalibrate.ts"
import { effectiveJudges } from "./effectiveJudges.ts"
import { expectedCyclicShare } from "./expectedCyclicShare.ts"
import { krippendorffAlpha } from "./krippendorffAlpha.ts"
import { type LengthBias, lengthBias } from "./lengthBias.ts"
import { majorityReliability } from "./majorityReliability.ts"
import type { NoiseRate } from "./noiseRate.ts"
import { noiseWarnings, type NoiseWarning } from "./noiseWarnings.ts"
import { type OrderEffect, orderSwap } from "./orderSwap.ts"
import { pairwiseAgreement, type PairwiseAgreement } from "./pairwiseAgreement.ts"
import { pooledRePo, type PooledRePoFit } from "./pooledRePo.ts"
import { possibleSwaps } from "./possibleSwaps.ts"
import type { Votes } from "./Votes.ts"
import { weakPrior } from "./weakPrior.ts"

/** What is known of votes besides the votes. */
export interface AuditOptions {
  /** Annotators whose verdicts are taken as true, by name. They calibrate scores and settle pairs, and are not audited. */
  readonly trusted?: ReadonlyArray<string>
}

/** Contradictions among three or more answers to one prompt. */
export interface AuditCycles {
  readonly nTriples: number
  readonly nCyclic: number
  /** Share of triples that go round; null without triples. */
  readonly share: number | null
  /** What honest judges of close answers show anyway, at standard deviations 1, 2 and 4 of the answers' scores in logits. */
  readonly honest: { readonly sd1: number; readonly sd2: number; readonly sd4: number }
  /** Error rate that would explain all of it: an upper bound. */
  readonly errorRateAtMost: number | null
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
  readonly fit: PooledRePoFit
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
  readonly cycles: AuditCycles | null
  readonly warnings: ReadonlyArray<NoiseWarning | { readonly code: string; readonly message: string }>
}

/** Sets of answers above this size are left out of the search for cycles, which takes time with their third power. */
const mostAnswers = 200

/**
 * Estimates from votes alone, or with scores and trusted annotators, how noisy they are and who can be trusted.
 *
 * All votes on a pair share one truth (`pooledRePo`). The noise rate is that of a fit without a prior; reliabilities and label
 * probabilities have a weak one of two labels, centred on it (`weakPrior`). What is known of a pair besides its votes is its prior: 1 or 0 where trusted
 * annotators settle it, the score gap where trusted annotators calibrate it out of fold, else even odds. Scores that nothing
 * calibrates are not used: their unit decides the noise rate. Where votes cannot tell, the noise rate is null and a warning
 * says why; nothing is guessed. Deterministic. Time some 50 passes over the votes; memory some 60 bytes a vote beyond the
 * columns.
 */
export const auditVotes = (columns: VoteColumns, options: AuditOptions = {}): VoteAudit => {
  const { annotator, annotators, item, side, verdict } = columns
  const nPairs = columns.prompt.length
  const isTrusted = Uint8Array.from(annotators, (name) => (name !== null && options.trusted?.includes(name) ? 1 : 0))
  const truth = new Int8Array(nPairs)
  for (let v = 0; v < item.length; v++) if (isTrusted[annotator[v]!] === 1) truth[item[v]!]! += side[v]!
  for (let i = 0; i < nPairs; i++) truth[i] = Math.sign(truth[i]!)

  const calibration = calibrate(columns, truth)
  const pModel = Float64Array.from(truth, (known, i) =>
    known === 0 ? (calibration?.pModel?.[i] ?? 0.5) : known === 1 ? 1 : 0
  )
  const ownSide = side.map((value, v) => (isTrusted[annotator[v]!] === 1 ? 0 : value))
  const pooled = { item, annotator, side: ownSide, pModel, nAnnotators: annotators.length }
  const flat = pooledRePo(pooled)
  // Of a few labels all may be right by chance; the prior keeps such an annotator from being taken for perfect.
  const fit = flat.noiseRate === null ? flat : pooledRePo(pooled, { prior: weakPrior({ noiseRate: flat.noiseRate }) })
  const hasEvidence = pModel.some((p) => p !== 0.5)
  const overlaps = countOverlaps(item, annotator, ownSide, nPairs)

  const warnings: Array<NoiseWarning | { readonly code: string; readonly message: string }> = noiseWarnings(fit, {
    calibrated: true,
    mostVotes: overlaps.most,
    annotatorNames: annotators.map((name) => name ?? "(nobody named)"),
    ...(hasEvidence ? { majority: majorityReliability({ item, side: ownSide, pModel }) } : {}),
    families: overlaps.nOverlapping === 0 ? [] : familiesOf(columns, ownSide, fit, truth)
  })
  const nScored = columns.gap.reduce((n, gap) => n + (Number.isNaN(gap) ? 0 : 1), 0)
  if (nScored > 0 && calibration?.pModel == null) warnings.push(scoresUnused(nScored, nPairs, calibration))
  const refused = fit.noiseRate === null || warnings.some((warning) => "refuses" in warning && warning.refuses)
  const labelProb = fit.labelProb.map((p, v) =>
    refused || ownSide[v] === 0 || Number.isNaN(fit.reliability[annotator[v]!]!) ? Number.NaN : p
  )
  const votes: Votes = { ...decided(columns, ownSide), nItems: nPairs, nAnnotators: annotators.length, nClasses: 2 }
  const alpha = overlaps.most < 2 ? Number.NaN : krippendorffAlpha(votes).alpha
  return {
    nLabels: ownSide.reduce((n, value) => n + Math.abs(value), 0),
    nTies: verdict.reduce((n, value) => n + (value === 0 ? 1 : 0), 0),
    nUnreadable: verdict.reduce((n, value) => n + (value === 2 ? 1 : 0), 0),
    nSameTexts: columns.first.reduce((n, value, v) => n + (value === columns.second[v] ? 1 : 0), 0),
    nPairs,
    nOverlapping: overlaps.nOverlapping,
    method: hasEvidence ? "one-coin Dawid-Skene with calibrated evidence" : "one-coin Dawid-Skene",
    fit,
    noiseRate: refused ? null : flat.noiseRate,
    labelProb,
    flagged: Uint8Array.from(labelProb, (p) => (p < 0.5 ? 1 : 0)),
    pModel,
    calibration,
    alpha: Number.isNaN(alpha) ? null : alpha,
    agreement: pairwiseAgreement(votes),
    orderEffects: columns.sidesRecorded ? orderEffectsOf(columns) : [],
    lengthBias: lengthBias(columns.chosenLength, columns.rejectedLength),
    cycles: cyclesIn(columns),
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

const countOverlaps = (item: Int32Array, annotator: Int32Array, side: Int8Array, nPairs: number) => {
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

/** Votes in which dependence between judges is looked for; more show nothing else and take time and memory. */
const mostCompared = 300_000

/**
 * All annotators as one family, against trusted votes where there are enough, else against what they agree on.
 *
 * Of very many votes those on some pairs are taken, the same for the same numbers of pairs and votes.
 */
const familiesOf = (columns: VoteColumns, allSides: Int8Array, fit: PooledRePoFit, truth: Int8Array) => {
  const { annotators } = columns
  const share = mostCompared / Math.max(mostCompared, allSides.length)
  const isTaken = Uint8Array.from(truth, (_, i) => (mixBits(i) >>> 0 < share * 2 ** 32 ? 1 : 0))
  const at = indexesWhere(allSides.length, (v) => isTaken[columns.item[v]!] === 1)
  const item = Int32Array.from(at, (v) => columns.item[v]!)
  const annotator = Int32Array.from(at, (v) => columns.annotator[v]!)
  const side = Int8Array.from(at, (v) => allSides[v]!)
  const nKnown = truth.reduce((n, value) => n + Math.abs(value), 0)
  const taken = nKnown >= 100 ? truth : Int8Array.from(fit.posterior, (p) => (p === 0.5 ? 0 : p > 0.5 ? 1 : -1))
  return effectiveJudges({ item, annotator, side, truth: taken, family: new Int32Array(annotators.length) })
}

/** Votes with a winner, as classes. */
const decided = ({ annotator, item }: VoteColumns, side: Int8Array) => {
  const at = indexesWhere(side.length, (v) => side[v] !== 0)
  return {
    item: Int32Array.from(at, (v) => item[v]!),
    annotator: Int32Array.from(at, (v) => annotator[v]!),
    label: Int8Array.from(at, (v) => (side[v] === 1 ? 0 : 1))
  }
}

/** Effects of the order by annotator. Only votes that may have a counterpart are matched, the share of the first is that of all. */
const orderEffectsOf = (columns: VoteColumns): ReadonlyArray<OrderEffect> => {
  const { annotator, annotators, first, second, verdict } = columns
  const nAnnotators = annotators.length
  const nFirst = new Int32Array(nAnnotators)
  const nDecided = new Int32Array(nAnnotators)
  const mayMatch = possibleSwaps(columns)
  const at = indexesWhere(first.length, (v) => {
    const hasWinner = (verdict[v] === 1 || verdict[v] === -1) && first[v] !== second[v]
    if (!hasWinner) return false
    nDecided[annotator[v]!]!++
    if (verdict[v] === 1) nFirst[annotator[v]!]!++
    return mayMatch[v] === 1
  })
  const matched = orderSwap({
    annotator: Int32Array.from(at, (v) => annotator[v]!),
    nAnnotators,
    first: Int32Array.from(at, (v) => first[v]!),
    second: Int32Array.from(at, (v) => second[v]!),
    verdict: Int8Array.from(at, (v) => verdict[v]!)
  })
  return matched.map((effect, k) => ({
    ...effect,
    firstShare: {
      share: nFirst[k]! / nDecided[k]!,
      ...wilson(nFirst[k]!, nDecided[k]!),
      nCases: nDecided[k]!
    }
  }))
}

/** The numbers from 0 to n - 1 for which something holds, rising. */
const indexesWhere = (n: number, holds: (i: number) => boolean): Int32Array => {
  const found = new Int32Array(n)
  let length = 0
  for (let i = 0; i < n; i++) if (holds(i)) found[length++] = i
  return found.slice(0, length)
}

/** Looks for cycles prompt by prompt; null where no prompt has three answers that were compared with each other. */
const cyclesIn = ({ first, item, nPrompts, prompt, second, verdict }: VoteColumns): AuditCycles | null => {
  const starts = new Int32Array(nPrompts + 1)
  for (let v = 0; v < item.length; v++) starts[prompt[item[v]!]! + 1]!++
  for (let p = 0; p < nPrompts; p++) starts[p + 1]! += starts[p]!
  const next = starts.slice()
  const order = new Int32Array(item.length)
  for (let v = 0; v < item.length; v++) order[next[prompt[item[v]!]!]!++] = v
  let nTriples = 0
  let nCyclic = 0
  for (let p = 0; p < nPrompts; p++) {
    if (starts[p + 1]! - starts[p]! < 3) continue
    const names = new Map<number, number>()
    const own = order.subarray(starts[p], starts[p + 1]).filter((v) => verdict[v] !== 2 && first[v] !== second[v])
    const numbered = (answer: number) => {
      const known = names.get(answer)
      if (known !== undefined) return known
      names.set(answer, names.size)
      return names.size - 1
    }
    const firsts = Int32Array.from(own, (v) => numbered(first[v]!))
    const seconds = Int32Array.from(own, (v) => numbered(second[v]!))
    if (names.size < 3 || names.size > mostAnswers) continue
    const verdicts = Int8Array.from(own, (v) => verdict[v]!)
    const found = cyclesOf({ nItems: names.size, first: firsts, second: seconds, verdict: verdicts })
    nTriples += found.nTriples
    nCyclic += found.nCyclic
  }
  if (nTriples === 0) return null
  const share = nCyclic / nTriples
  return {
    nTriples,
    nCyclic,
    share,
    honest: { sd1: expectedCyclicShare(0, 1), sd2: expectedCyclicShare(0, 2), sd4: expectedCyclicShare(0, 4) },
    errorRateAtMost: cycleErrorRate(share)
  }
}

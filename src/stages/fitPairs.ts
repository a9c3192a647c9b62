import { bootstrapRePo } from "../cleaners/bootstrapRePo.ts"
import { bootstrapVotes, type VoteIntervals } from "../cleaners/bootstrapVotes.ts"
import { confidentLearning } from "../cleaners/confidentLearning.ts"
import { noiseWarnings } from "../cleaners/noiseWarnings.ts"
import { pooledRePo } from "../cleaners/pooledRePo.ts"
import { rePoOnline } from "../cleaners/rePoOnline.ts"
import type { Warning } from "../Findings.ts"
import { indexesWhere } from "../math/indexesWhere.ts"
import { fitCrowd } from "./fitCrowd.ts"
import { fitReliability, type ReliabilityFit } from "./fitReliability.ts"
import { fitTexts } from "./fitTexts.ts"
import type { PairOrderEvidence } from "./pairEvidenceOf.ts"
import type { PairLabels } from "./PairLabels.ts"
import type { PairVotes } from "./pairVotes.ts"

/** What finds wrong orders among pairs in rows. */
export const pairMethods = [
  "rePo",
  "rePoOnline",
  "pooled",
  "majority",
  "dawidSkene",
  "glad",
  "confidentLearning",
  "rePoOnTexts"
] as const

/** One of them. */
export type PairMethod = (typeof pairMethods)[number]

/** How pairs are judged. */
export interface PairFitOptions {
  readonly method: PairMethod
  readonly initialReliability: number
  readonly alpha: number
  readonly batchSize: number
  /** Data sets drawn for the intervals; 0: those of the fit. */
  readonly bootstrap: number
  readonly random: () => number
}

/** What is learned of pairs: by vote, in the order of `at`, where not said otherwise. */
export interface PairFit extends Pick<ReliabilityFit, "nLabels" | "noiseRate" | "reliability"> {
  /** The probability that a vote is right; NaN where it cannot be told. */
  readonly labelProb: Float64Array
  /** 1 where the method itself says that a vote is wrong; absent where a threshold decides. */
  readonly flagged?: Uint8Array
  /** The method in words. */
  readonly words: string
  readonly iterations: number
  readonly converged: boolean
  readonly warnings: ReadonlyArray<Warning>
}

/** Fits the reliabilities of annotators and the probabilities of their labels by one of `pairMethods`. */
export const fitPairs = (
  labels: PairLabels,
  pairs: PairVotes,
  { calibration, facts }: PairOrderEvidence,
  options: PairFitOptions
): PairFit => {
  const { bootstrap: nReplicates, initialReliability, method, random } = options
  const { names } = labels
  const { pVote, votes } = pairs
  const nVotes = pVote.length
  switch (method) {
    case "rePo":
    case "pooled": {
      const alone = {
        ...votes,
        item: Int32Array.from({ length: nVotes }, (_, v) => v),
        side: new Int8Array(nVotes).fill(1)
      }
      const given = method === "rePo" ? { ...alone, pModel: pVote } : votes
      const fit = fitReliability(given, { method, initialReliability, calibration, names, facts })
      const words =
        method === "rePo" ? "RE-PO, each label by itself, Newton" : "pooled RE-PO, one truth for each pair, EM"
      const intervals =
        fit.refused || nReplicates === 0
          ? null
          : method === "rePo"
            ? bootstrapRePo({ ...given }, { random, nReplicates, pair: votes.item })
            : bootstrapVotes(votes, (drawn) => pooledRePo(drawn, { initialReliability, tolerance: 1e-6 }), {
                random,
                nReplicates
              })
      const labelProb = fit.refused ? fit.labelProb.map(() => Number.NaN) : fit.labelProb
      return { ...fit, ...drawnOnly(fit, intervals), labelProb, words }
    }
    case "rePoOnline":
      return withoutRates(labels, pairs, { calibration, facts }, byOnline(names, pairs, options))
    case "confidentLearning":
      return withoutRates(labels, pairs, { calibration, facts }, byConfidence(pairs))
    case "rePoOnTexts":
      return fitTexts(labels, pairs)
    default:
      return fitCrowd(method, names, pairs, { nReplicates, random })
  }
}

/** Estimates with intervals from data sets drawn in place of their own, where there are such. */
const drawnOnly = (
  fit: ReliabilityFit,
  intervals: VoteIntervals | null
): Pick<ReliabilityFit, "noiseRate" | "reliability"> => {
  if (intervals === null) return fit
  const { ci95, noiseRate } = intervals
  return {
    reliability: fit.reliability.map(
      (one, k) => one && { estimate: one.estimate, ci95: [ci95.lower[k]!, ci95.upper[k]!] }
    ),
    noiseRate: fit.noiseRate &&
      noiseRate && { estimate: fit.noiseRate.estimate, ci95: [noiseRate.lower, noiseRate.upper] }
  }
}

/** What a method says that tells no reliabilities, with what is in the way of believing it; nothing where its evidence is refused. */
const withoutRates = (
  { names }: PairLabels,
  { pVote, votes }: PairVotes,
  { calibration, facts }: Omit<PairOrderEvidence, "pModel">,
  found: Pick<PairFit, "flagged" | "labelProb" | "words"> & { readonly note: Warning }
): PairFit => {
  const { note, ...told } = found
  const nLabels = new Int32Array(names.length)
  for (const k of votes.annotator) nLabels[k]!++
  // Stands for any reliability that can be told: what is asked is whether one can.
  const reliability = new Float64Array(names.length).fill(
    pVote.every((p) => Math.abs(p - 0.5) <= 1e-6) ? Number.NaN : 1
  )
  const fit = { reliability, ci95: { lower: reliability, upper: reliability }, nLabels, iterations: 0, converged: true }
  const doubts = noiseWarnings(fit, { ...facts, calibrated: calibration.problem === null }).filter(
    ({ code }) => code !== "fewLabels"
  )
  const refused = doubts.some(({ refuses }) => refuses)
  const none = { labelProb: told.labelProb.map(() => Number.NaN), flagged: new Uint8Array(pVote.length) }
  return {
    ...told,
    ...(refused ? none : {}),
    reliability: names.map(() => null),
    noiseRate: null,
    nLabels,
    iterations: 0,
    converged: true,
    warnings: [
      ...doubts.map(({ code, message }) => ({ code, message })),
      ...(refused || pVote.length === 0 ? [] : [note])
    ]
  }
}

const byOnline = (names: ReadonlyArray<string>, { pVote, votes }: PairVotes, options: PairFitOptions) => {
  const input = { pModel: pVote, annotator: votes.annotator, nAnnotators: names.length }
  const { labelProb, nLabels, reliability } = rePoOnline(input, options)
  const judged = [...names.keys()].filter((k) => nLabels[k]! > 0)
  const ends = judged.slice(0, 5).map((k) => `"${names[k]!}" at ${reliability[k]!.toFixed(2)}`)
  const more = judged.length > 5 ? ` and ${judged.length - 5} more` : ""
  const message =
    `A moving average settles at no estimate and has no interval, so there is no noise rate. It ended with ${ends.join(", ")}${more}. ` +
    'Use the method "rePo" to read reliabilities'
  return { labelProb, words: "RE-PO online, moving average in one pass", note: { code: "noInterval", message } }
}

const byConfidence = ({ pVote, votes }: PairVotes) => {
  const has = indexesWhere(pVote.length, (v) => pVote[v] !== 0.5)
  const pModel = new Float64Array(2 * has.length)
  for (const [j, v] of has.entries()) {
    pModel[2 * j] = votes.side[v] === 1 ? pVote[v]! : 1 - pVote[v]!
    pModel[2 * j + 1] = 1 - pModel[2 * j]!
  }
  const label = Int8Array.from(has, (v) => (votes.side[v] === 1 ? 0 : 1))
  const { noiseRate, pruneByNoiseRate } = confidentLearning({ label, pModel, nClasses: 2 })
  const labelProb = new Float64Array(pVote.length).fill(Number.NaN)
  const flagged = new Uint8Array(pVote.length)
  for (const [j, v] of has.entries()) {
    labelProb[v] = pVote[v]!
    flagged[v] = pruneByNoiseRate[j]!
  }
  const message =
    `Confident learning counts ${(100 * noiseRate).toFixed(1)} % of the labels against the likelier answer. Where answers are close ` +
    'that is no share of errors, so it is not shown as the noise rate; use the method "rePo" for one'
  return {
    labelProb,
    flagged,
    words: "confident learning, pruned by noise rate",
    note: { code: "otherNoise", message }
  }
}

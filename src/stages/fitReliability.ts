import { compareJudges } from "../cleaners/compareJudges.ts"
import { labelPosterior } from "../cleaners/labelPosterior.ts"
import { majorityReliability } from "../cleaners/majorityReliability.ts"
import { type NoiseFacts, noiseWarnings } from "../cleaners/noiseWarnings.ts"
import * as OneVoteEach from "../cleaners/OneVoteEach.ts"
import { pooledRePo } from "../cleaners/pooledRePo.ts"
import { pooledTemperatureSlope } from "../cleaners/pooledTemperatureSlope.ts"
import { rePo } from "../cleaners/rePo.ts"
import { temperatureSlope } from "../cleaners/temperatureSlope.ts"
import type { PooledVotes } from "../cleaners/unidentifiedAnnotators.ts"
import { weakPrior } from "../cleaners/weakPrior.ts"
import { type ShareInterval, widenInterval } from "../cleaners/widenInterval.ts"
import type { Estimate, Warning } from "../Findings.ts"
import type { GapCalibration } from "./calibrateGaps.ts"

/** What the labels say about themselves and who gave them, ready to be shown. */
export interface ReliabilityFit {
  /** Per label, the probability that it is right. */
  readonly labelProb: Float64Array
  /** Per item, the probability that side 1 is right. */
  readonly itemProb: Float64Array
  /** Per annotator; null where the labels cannot tell or the fit is refused. */
  readonly reliability: ReadonlyArray<Estimate | null>
  readonly noiseRate: Estimate | null
  /** Labels per annotator. */
  readonly nLabels: Int32Array
  readonly iterations: number
  readonly converged: boolean
  readonly warnings: ReadonlyArray<Warning>
  /** Whether a warning says that nothing here is an estimate. */
  readonly refused: boolean
}

/** How reliabilities are fitted. */
export interface ReliabilityFitOptions {
  readonly method: "rePo" | "pooled"
  readonly initialReliability: number
  readonly calibration: Pick<GapCalibration, "problem" | "relativeError">
  /** Names of the annotators, for the warnings. */
  readonly names: ReadonlyArray<string>
  /** What the evidence was fitted to, and texts that tell nothing, as `noiseWarnings` reads them. */
  readonly facts?: Pick<NoiseFacts, "evidence" | "texts">
}

/**
 * Fits reliabilities with a flat prior, label probabilities with a weak one, and lists what speaks against believing them.
 *
 * "rePo" takes one vote per item, all for side 1, in the order of the items; "pooled" any votes without ties. The intervals
 * are widened by the standard error of the temperature: in simulations 95 % of those of "rePo" hold the truth from 200 trusted
 * verdicts on, 90 % at 80; of "pooled", with two votes per item, 96 to 97 % at 100, where 81 % do if the evidence is taken as
 * known. Without a temperature, judges who err together are refused, since only their agreement speaks for them. A fit that a warning refuses has no reliabilities and no noise rate, and label probabilities at the initial
 * reliability, each label by its own. Time O(votes) and what the fits take.
 */
export const fitReliability = (votes: PooledVotes, options: ReliabilityFitOptions): ReliabilityFit => {
  const { calibration, facts, initialReliability, method, names } = options
  const fit = method === "rePo" ? fitAlone(votes, options) : fitPooled(votes, options)
  const found = noiseWarnings(fit, {
    ...facts,
    calibrated: calibration.problem === null,
    annotatorNames: names,
    ...(method === "pooled" ? factsOfPooled(votes, fit.itemProb, options) : {})
  })
  const warnings = found.map(({ code, message }) => ({
    code,
    message: code === "uncalibrated" && calibration.problem !== null ? `${calibration.problem}. ${message}` : message
  }))
  const { converged, iterations, nVotes: nLabels } = fit
  if (found.some(({ refuses }) => refuses)) {
    return {
      ...unjudged(votes, initialReliability),
      reliability: names.map(() => null),
      noiseRate: null,
      nLabels,
      iterations,
      converged,
      warnings,
      refused: true
    }
  }
  return {
    labelProb: fit.labelProb,
    itemProb: fit.itemProb,
    reliability: names.map((_, k) =>
      Number.isNaN(fit.reliability[k]!)
        ? null
        : widened(
            { estimate: fit.reliability[k]!, lower: fit.ci95.lower[k]!, upper: fit.ci95.upper[k]! },
            fit.slope.reliability[k]! * calibration.relativeError
          )
    ),
    noiseRate: fit.noiseRate === null ? null : widened(fit.noiseRate, fit.slope.noiseRate * calibration.relativeError),
    nLabels,
    iterations,
    converged,
    warnings,
    refused: false
  }
}

const fitAlone = ({ annotator, nAnnotators, pModel }: PooledVotes, { initialReliability }: ReliabilityFitOptions) => {
  const input = { pModel, annotator, nAnnotators }
  const flat = rePo(input, { solver: "newton", initialReliability })
  const { labelProb } = rePo(input, { solver: "newton", initialReliability, prior: weakPrior(flat) })
  return { ...flat, labelProb, itemProb: labelProb, nVotes: flat.nLabels, slope: temperatureSlope(input, flat) }
}

/** Votes of one annotator on one item count as one opinion, and what comes out is said of all of them. */
const fitPooled = (given: PooledVotes, { initialReliability }: ReliabilityFitOptions) => {
  const once = OneVoteEach.make(given)
  const votes = { ...given, item: once.item, annotator: once.annotator, side: once.side }
  const flat = pooledRePo(votes, { initialReliability })
  const { posterior } = pooledRePo(votes, { initialReliability, prior: weakPrior(flat) })
  return {
    ...flat,
    ...OneVoteEach.ofAllVotes(flat, once),
    labelProb: Float64Array.from(given.item, (i, v) => (given.side[v] === 1 ? posterior[i]! : 1 - posterior[i]!)),
    itemProb: posterior,
    nVotes: once.nVotes,
    slope: pooledTemperatureSlope(votes, flat)
  }
}

const factsOfPooled = (votes: PooledVotes, posterior: Float64Array, { calibration, names }: ReliabilityFitOptions) => {
  const hasEvidence = votes.pModel.some((p) => Math.abs(p - 0.5) > 1e-6)
  const isCalibrated = calibration.problem === null && hasEvidence
  const { together } = compareJudges(
    { annotators: names, families: names.map(() => null) },
    OneVoteEach.make(votes),
    { posterior },
    null
  )
  return {
    mostVotes: mostVotes(votes),
    majority: majorityReliability(votes),
    together: {
      ...together,
      learnedFrom: isCalibrated ? ("evidence" as const) : ("agreement" as const)
    }
  }
}

/** An estimate whose interval also holds an independent standard error. */
const widened = (interval: ShareInterval, standardError: number): Estimate => {
  const { estimate, lower, upper } = widenInterval(interval, standardError)
  return { estimate, ci95: [lower, upper] }
}

const unjudged = ({ item, pModel, side }: PooledVotes, reliability: number) => {
  const ofSide = (p: number) => labelPosterior(p, reliability)
  return {
    labelProb: Float64Array.from(item, (i, v) => ofSide(side[v] === 1 ? pModel[i]! : 1 - pModel[i]!)),
    itemProb: pModel.map(ofSide)
  }
}

const mostVotes = ({ item, pModel }: PooledVotes): number => {
  const counts = new Int32Array(pModel.length)
  for (const i of item) counts[i]!++
  return counts.reduce((most, n) => Math.max(most, n), 0)
}

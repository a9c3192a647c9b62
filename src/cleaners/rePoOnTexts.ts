import { sigmoid } from "../math/sigmoid.ts"
import type { SparseRows } from "../math/SparseRows.ts"
import { wilson } from "../math/wilson.ts"
import { type BradleyTerryOptions, fitBradleyTerry } from "./fitBradleyTerry.ts"
import { fitTemperature, type TemperatureFit } from "./fitTemperature.ts"
import { majorityReliability } from "./majorityReliability.ts"
import type { NoiseWarning } from "./NoiseWarning.ts"
import { noiseWarnings } from "./noiseWarnings.ts"
import { outOfFoldGaps } from "./outOfFoldGaps.ts"
import { pooledRePo, type PooledRePoFit } from "./pooledRePo.ts"
import { pooledTemperatureSlope } from "./pooledTemperatureSlope.ts"
import { promptFolds } from "./promptFolds.ts"
import { scoreGap } from "./scoreGap.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"
import { weakPrior } from "./weakPrior.ts"
import { widenInterval } from "./widenInterval.ts"

/** Input of `rePoOnTexts`: votes in long form about pairs of responses; `side` 1 is for the first response of the pair. */
export interface RePoOnTextsInput extends Omit<PooledVotes, "pModel"> {
  /** Per pair, features of the first response less those of the second, as `hashTextFeatures` gives them. */
  readonly differences: SparseRows
  /** Per pair, its prompt: pairs of one prompt never give evidence about each other. */
  readonly promptId: ReadonlyArray<string>
  /** Per pair, the side, 1 or -1, that is right as known from elsewhere than these votes, or 0; default 0 for all. */
  readonly trusted?: Int8Array
}

/** Options of `rePoOnTexts`; the others are those of the reward model. */
export interface RePoOnTextsOptions extends BradleyTerryOptions {
  /** Parts the prompts are cut into, and once more among those of the other parts; at least 2, default 5. */
  readonly nFolds?: number
  /** Most rounds, from 0; default 3. With 0 the reward model learns from shares of votes, once. */
  readonly maxRounds?: number
  /** A part is done when its targets change by less than this on average; default 0.005. */
  readonly tolerance?: number
}

/** Result of `rePoOnTexts`. */
export interface RePoOnTextsFit {
  /** `pooledRePo` given the evidence. Where a warning refuses it, reliabilities are NaN and the noise rate is null. */
  readonly fit: PooledRePoFit
  /** Per pair, score of the first response less that of the second, from a model that saw no vote on its prompt; any unit. */
  readonly gap: Float64Array
  /** Per pair, the probability that side 1 is right by the texts alone: 1 or 0 if trusted, 1/2 if they count for nothing. */
  readonly pModel: Float64Array
  /** Per pair, the part it belongs to, from 0. */
  readonly fold: Int32Array
  /** Share of pairs with a winner whose gap agrees, with its 95 % Wilson interval; NaN without pairs. */
  readonly agreement: { readonly estimate: number; readonly lower: number; readonly upper: number }
  /** Whether that interval lies above 1/2. Where it does not, the texts count for nothing and a warning says so. */
  readonly hasSignal: boolean
  /** The temperature of the gaps on trusted pairs; null without trusted pairs: then the gaps are taken as they are. */
  readonly temperature: TemperatureFit | null
  /** Most rounds that a part made. */
  readonly rounds: number
  /** Whether every part met the tolerance; true for 0 rounds. */
  readonly converged: boolean
  readonly warnings: ReadonlyArray<NoiseWarning>
}

/**
 * Estimates from texts and votes together which response is better and who is how reliable, with no scores given.
 *
 * Model: side 1 is right with probability `sigmoid(gap)`, where the gap is linear in the differences of the texts; a vote of
 * annotator k is right with probability `reliability[k]`, independently. It is `pooledRePo` with the embedded reward model for
 * evidence, and with one vote a pair it is `rePo`. What is climbed is the log-likelihood of the votes, the truth summed out, less
 * the penalty of `fitBradleyTerry`. A round is: gaps out of fold; reliabilities by `pooledRePo` from the gaps as calibrated; E
 * step, targets `logit = gap + sum of side · logit r`; M step, a new reward model fitted to the targets. Votes of unreliable
 * annotators thus teach less. It starts from shares of votes. A part is done when its targets change by less than `tolerance` on
 * average. Since evidence is out of fold and `fitBradleyTerry` close to its minimum, no likelihood is sure to rise, and there are
 * few rounds by default: in simulations nearly all is won in the first two.
 *
 * A vote never reaches the evidence about its own pair: all rounds for one part of the prompts are made on the votes of the other
 * parts alone, with gaps out of fold among these, and their last model scores the part. So a changed vote leaves the gaps of its
 * part as they are, to the last bit. It can reach `pModel` of its part only through two numbers common to all pairs: the
 * temperature, fitted to the known sides of trusted pairs, and whether there is any signal.
 *
 * What identifies reliabilities: trusted pairs, whose side is known and which set the temperature; or overlaps of votes (see
 * `unidentifiedAnnotators`). With neither, scores fitted to the same votes can be as sharp as one likes and reliabilities follow:
 * a warning refuses them, and the gaps rank suspects and no more. Without trusted pairs gaps count as logits, which are timid.
 * Where trusted pairs say that the gaps point nowhere or leave no finite temperature, they count for nothing. Intervals hold the
 * standard error of the temperature, and take the gaps as known.
 *
 * The same input gives the same bits; renamed annotators permute the answer, another order of the votes changes rounding, one of
 * the pairs slightly more (see `fitBradleyTerry`). Time up to `nFolds (nFolds (maxRounds + 1) + 1)` fits of the reward model.
 * Throws a RangeError as `outOfFoldGaps` and `pooledRePo` do, on arrays of other lengths and a `trusted` other than 1, 0, -1.
 *
 * Source: RE-PO's alternation of policy and reliabilities, https://arxiv.org/abs/2509.24159, with cross-fitting
 */
export const rePoOnTexts = (input: RePoOnTextsInput, options: RePoOnTextsOptions = {}): RePoOnTextsFit => {
  const { maxRounds = 3, nFolds = 5, tolerance = 0.005, ...fitOptions } = options
  check(input, maxRounds)
  const { differences, promptId } = input
  const trusted = input.trusted ?? new Int8Array(promptId.length)
  const { lean, target: shares } = voteShares(input, trusted)
  const isKnown = trusted.some((side) => side !== 0)
  const fold = promptFolds(promptId, nFolds)
  const nUsed = fold.reduce((most, k) => Math.max(most, k + 1), 0)
  const gap = new Float64Array(promptId.length).fill(Number.NaN)
  let rounds = 0
  let converged = true
  for (let part = 0; part < nUsed && nUsed > 1; part++) {
    const others = Int32Array.from(fold.keys()).filter((i) => fold[i] !== part)
    const rows = others.filter((i) => !Number.isNaN(shares[i]!))
    const votes = votesOn(input, (i) => fold[i] !== part)
    let target: Float64Array = shares
    let change = maxRounds === 0 ? 0 : Number.POSITIVE_INFINITY
    for (let round = 0; round < maxRounds && change >= tolerance; round++) {
      const inner = outOfFoldGaps({ differences, promptId, rows, target }, { ...fitOptions, nFolds }).gap
      const scale = isKnown ? temperatureOf(inner, trusted).temperature : 1
      const pModel = evidenceOf(inner, trusted, scale)
      const { reliability } = pooledRePo({ ...votes, pModel }, { prior, tolerance: 1e-6 })
      const next = posteriorOf(votes, evidenceOf(inner, trusted, 1), reliability)
      change = rows.reduce((sum, i) => sum + Math.abs(next[i]! - target[i]!), 0) / rows.length
      target = next
      rounds = Math.max(rounds, round + 1)
    }
    converged &&= !(change >= tolerance)
    const coefficients = fitBradleyTerry({ differences, target, rows }, fitOptions)
    for (let i = 0; i < fold.length; i++) if (fold[i] === part) gap[i] = scoreGap(differences, i, coefficients)
  }

  const temperature = isKnown ? temperatureOf(gap, trusted) : null
  const agreement = agreementOf(gap, lean)
  const hasSignal = agreement.lower > 0.5
  const scale = hasSignal ? (temperature === null ? 1 : temperature.temperature) : null
  const pModel = evidenceOf(gap, trusted, scale)
  const fit = fitGiven({ ...votesOn(input, () => true), pModel }, hasSignal ? temperature : null)
  const warnings = warningsOf(fit, { input, isKnown, pModel, scale, agreement })
  return {
    fit: warnings.some(({ refuses }) => refuses)
      ? { ...fit, reliability: fit.reliability.map(() => Number.NaN), noiseRate: null }
      : fit,
    gap,
    pModel,
    fold,
    agreement,
    hasSignal,
    temperature,
    rounds,
    converged,
    warnings
  }
}

/** Two labels at the reliability that `pooledRePo` starts from: no annotator is taken to be infallible for a few. */
const prior = weakPrior({ noiseRate: { estimate: 0.2, standardError: 0, lower: 0.2, upper: 0.2 } })

const fitGiven = (votes: PooledVotes, fitted: TemperatureFit | null): PooledRePoFit => {
  const flat = pooledRePo(votes)
  const { labelProb, posterior } = pooledRePo(votes, { prior: weakPrior(flat) })
  const relative = fitted === null || fitted.temperature === null ? 0 : fitted.standardError! / fitted.temperature
  const { noiseRate: ofRate, reliability: slopes } = pooledTemperatureSlope(votes, flat)
  const lower = flat.ci95.lower.slice()
  const upper = flat.ci95.upper.slice()
  for (const [k, estimate] of flat.reliability.entries()) {
    if (Number.isNaN(estimate)) continue
    const wider = widenInterval({ estimate, lower: lower[k]!, upper: upper[k]! }, slopes[k]! * relative)
    lower[k] = wider.lower
    upper[k] = wider.upper
  }
  const noiseRate =
    flat.noiseRate === null
      ? null
      : {
          ...widenInterval(flat.noiseRate, ofRate * relative),
          standardError: Math.hypot(flat.noiseRate.standardError, ofRate * relative)
        }
  const standardError = flat.standardError.map((error, k) => Math.hypot(error, slopes[k]! * relative))
  return { ...flat, labelProb, posterior, standardError, ci95: { lower, upper }, noiseRate }
}

const temperatureOf = (gap: Float64Array, trusted: Int8Array): TemperatureFit => {
  const rows = Int32Array.from(gap.keys()).filter((i) => trusted[i] !== 0 && !Number.isNaN(gap[i]!))
  return fitTemperature({
    margin: Float64Array.from(rows, (i) => gap[i]!),
    correct: Uint8Array.from(rows, (i) => Number(trusted[i] === 1))
  })
}

const evidenceOf = (gap: Float64Array, trusted: Int8Array, temperature: number | null): Float64Array =>
  gap.map((value, i) => {
    if (trusted[i] !== 0) return Number(trusted[i] === 1)
    return temperature === null || Number.isNaN(value) ? 0.5 : sigmoid(value / temperature)
  })

/** Gives the posterior of side 1; annotators that cannot be judged say nothing. */
const posteriorOf = ({ annotator, item, side }: Votes, p: Float64Array, reliability: Float64Array): Float64Array => {
  const logOdds = reliability.map((r) => (Number.isNaN(r) ? 0 : Math.log(r / (1 - r))))
  const sum = p.map((value) => Math.log(value / (1 - value)))
  for (let v = 0; v < item.length; v++) sum[item[v]!]! += side[v]! * logOdds[annotator[v]!]!
  return sum.map(sigmoid)
}

type Votes = Omit<PooledVotes, "pModel">

const votesOn = ({ annotator, item, nAnnotators, side }: Votes, holds: (i: number) => boolean): Votes => {
  const kept = Int32Array.from(item.keys()).filter((v) => holds(item[v]!))
  return {
    item: kept.map((v) => item[v]!),
    annotator: kept.map((v) => annotator[v]!),
    side: Int8Array.from(kept, (v) => side[v]!),
    nAnnotators
  }
}

/** Per pair: votes for side 1 less votes for side -1, and the share of side 1, that of trusted pairs 1 or 0, NaN without votes. */
const voteShares = ({ item, side }: Votes, trusted: Int8Array) => {
  const lean = new Float64Array(trusted.length)
  const nVotes = new Int32Array(trusted.length)
  for (let v = 0; v < item.length; v++) {
    lean[item[v]!]! += side[v]!
    nVotes[item[v]!]! += Math.abs(side[v]!)
  }
  const target = lean.map((sum, i) => (trusted[i] === 0 ? (1 + sum / nVotes[i]!) / 2 : Number(trusted[i] === 1)))
  return { lean, target }
}

const agreementOf = (gap: Float64Array, lean: Float64Array): RePoOnTextsFit["agreement"] => {
  let nPairs = 0
  let nAgreeing = 0
  for (let i = 0; i < gap.length; i++) {
    const both = gap[i]! * lean[i]!
    if (both === 0 || Number.isNaN(both)) continue
    nPairs++
    if (both > 0) nAgreeing++
  }
  return { estimate: nAgreeing / nPairs, ...wilson(nAgreeing, nPairs) }
}

const warningsOf = (
  fit: PooledRePoFit,
  facts: {
    readonly input: RePoOnTextsInput
    readonly isKnown: boolean
    readonly pModel: Float64Array
    readonly scale: number | null
    readonly agreement: RePoOnTextsFit["agreement"]
  }
): ReadonlyArray<NoiseWarning> => {
  const { agreement, input, isKnown, pModel, scale } = facts
  const nVotes = new Int32Array(pModel.length)
  for (const i of input.item) nVotes[i]!++
  return noiseWarnings(fit, {
    calibrated: isKnown,
    evidence: scale === null ? "independent" : "otherRows",
    mostVotes: nVotes.reduce((most, n) => Math.max(most, n), 0),
    majority: majorityReliability({ ...input, pModel }),
    ...(agreement.lower > 0.5 ? {} : { texts: agreement })
  })
}

const check = ({ differences, item, promptId, side, trusted }: RePoOnTextsInput, maxRounds: number): void => {
  const action = "Cannot fit votes and texts"
  const nPairs = differences.starts.length - 1
  if (promptId.length !== nPairs || (trusted !== undefined && trusted.length !== nPairs)) {
    throw new RangeError(
      `${action}: found ${promptId.length} prompt ids and ${trusted?.length ?? "no"} trusted sides for ${nPairs} pairs, expected one each`
    )
  }
  if (!(Number.isInteger(maxRounds) && maxRounds >= 0)) {
    throw new RangeError(`${action}: found maxRounds ${maxRounds}, expected an integer from 0`)
  }
  const odd = trusted?.findIndex((one) => one < -1 || one > 1) ?? -1
  if (odd >= 0) throw new RangeError(`${action}: found trusted ${trusted![odd]} at pair ${odd}, expected 1, 0 or -1`)
  const bad = item.findIndex((i, v) => !(i >= 0 && i < nPairs) || Math.abs(side[v]!) > 1)
  if (bad >= 0) {
    throw new RangeError(
      `${action}: found a vote for side ${side[bad]} of pair ${item[bad]}, expected 1, -1 or 0 and a pair from 0 to ${nPairs - 1}`
    )
  }
}

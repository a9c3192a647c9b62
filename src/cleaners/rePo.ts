import { noiseRate, type NoiseRate } from "./noiseRate.ts"
import { type IntervalMethod, reliabilityInterval } from "./reliabilityInterval.ts"
import { type BetaPrior, flatPrior } from "./reliabilityLikelihood.ts"
import { checkLabels } from "./checkLabels.ts"
import { votesPerAnnotator } from "./Votes.ts"

/** Input of `rePo`: one entry per label. */
export interface RePoInput {
  /** Calibrated probability, in [0, 1], that the recorded order is the noise-free one. */
  readonly pModel: Float64Array
  /** Who gave the label, as an index from 0 to `nAnnotators - 1`. */
  readonly annotator: Int32Array
  readonly nAnnotators: number
}

/** Options of `rePo`. */
export interface RePoOptions {
  /** Reliability of every annotator at the start, strictly between 0 and 1; default 0.9. */
  readonly initialReliability?: number
  /** Most EM iterations; default 2000. */
  readonly maxIterations?: number
  /** EM stops when no reliability changes by more than this; default 1e-10. */
  readonly tolerance?: number
  /**
   * "em" (default) iterates from the start; "newton" goes straight to the same maximum and is several times faster:
   * it makes no EM iterations and always converges.
   */
  readonly solver?: "em" | "newton"
  /**
   * Beta prior of every reliability; default flat, `{ a: 1, b: 1 }`, which is plain maximum likelihood. With fewer than some
   * hundred labels each, `weakPrior` keeps labels from being taken for certain.
   */
  readonly prior?: BetaPrior
  /** How the intervals of the reliabilities and of the noise rate are made; default "likelihoodRatio". */
  readonly interval?: IntervalMethod
}

/** Result of `rePo`. */
export interface RePoFit {
  /** Per label, the probability that the recorded order is right, given the reliability of who gave the label. */
  readonly labelProb: Float64Array
  /** Per annotator, the probability that a label of theirs is right; NaN without labels or where p says nothing. */
  readonly reliability: Float64Array
  /** Per annotator, from the observed information; NaN on the border of [0, 1] or where p says nothing. */
  readonly standardError: Float64Array
  /** Per annotator, the 95 % interval of the reliability; [0, 1] where there is none. */
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  /** Labels per annotator. */
  readonly nLabels: Int32Array
  /**
   * Mean log-likelihood per label in nats: entry t after t EM iterations, and a last one at the reliabilities returned.
   * "newton": at the start and at the reliabilities returned. With a prior its log-density, without the constant, is
   * added to the sum. Never falls.
   */
  readonly logLikelihood: Float64Array
  /** EM iterations made; 0 for "newton". */
  readonly iterations: number
  /** Whether EM met the tolerance. */
  readonly converged: boolean
  /** How far the step after EM moved a reliability at most; next to nothing if EM converged. */
  readonly largestPolish: number
  /** Expected share of wrong labels: 1 minus the mean reliability over the labels; null where nothing can be learned. */
  readonly noiseRate: NoiseRate | null
}

/**
 * Estimates per label how likely the recorded order is right, and per annotator how reliable, from a frozen scorer.
 *
 * Model: a label of annotator k repeats the noise-free order with probability `reliability[k]`, whatever the prompt,
 * and `p = pModel[i]` is the probability of that order, so the label has likelihood `p r + (1 - p)(1 - r)`.
 * E step: `labelProb = p r / (p r + (1 - p)(1 - r))`. M step: the reliability is the mean of it over the annotator's
 * labels; with a prior, `(sum + a - 1) / (labels + a + b - 2)`, so the maximum is that of the posterior. EM creeps where
 * the margins are small, so at the end each reliability is moved to the exact maximum of its own concave likelihood
 * (`mostLikelyReliability`); `iterations` and `converged` are about EM alone.
 *
 * N labels, K annotators. Label arrays are in the order given. Every label counts by itself: several labels on one pair
 * are not pooled (`pooledRePo` does that). p may be exactly 0 or 1: the likelihood is still above zero at the maximum,
 * so nothing is clamped. Nothing can be learned about an annotator whose p are all within 1e-6 of 1/2: reliability NaN,
 * left out of the noise rate, and a `labelProb` that repeats the initial reliability.
 * No randomness; shuffled labels or renamed annotators permute the answer up to rounding. Empty input gives an empty
 * fit. Only as good as p is calibrated: an overconfident p raises the noise rate, an underconfident one hides it.
 * Time O(iterations · N), memory 16 bytes per label. Throws a RangeError on arrays of unequal length, a p that
 * is NaN or outside [0, 1], an annotator, an initial reliability or a prior out of range.
 *
 * Source: RE-PO, https://arxiv.org/abs/2509.24159: the full-batch algorithm with the policy left as it is.
 */
export const rePo = (input: RePoInput, options: RePoOptions = {}): RePoFit => {
  const { initialReliability = 0.9, interval: method = "likelihoodRatio", maxIterations = 2000 } = options
  const { prior = flatPrior, solver = "em", tolerance = 1e-10 } = options
  check(input, initialReliability, prior)
  const { annotator, nAnnotators, pModel } = input
  const { nLabels, sorted, starts } = sortByAnnotator(input)

  const reliability = Float64Array.from(nLabels, (n) => (n === 0 ? Number.NaN : initialReliability))
  const blind = Uint8Array.from(nLabels, (_, k) =>
    sorted.subarray(starts[k], starts[k + 1]).every((p) => Math.abs(p - 0.5) <= 1e-6) ? 1 : 0
  )
  const labels: SortedLabels = { sorted, starts, blind, prior }
  const means: Array<number> = []
  let iterations = 0
  let converged = pModel.length === 0 || solver === "newton"
  if (pModel.length > 0 && solver === "newton") means.push(emStep(labels, reliability.slice()).logLikelihood)
  while (!converged && iterations < maxIterations) {
    const step = emStep(labels, reliability)
    means.push(step.logLikelihood)
    converged = step.largestChange <= tolerance
    iterations++
  }

  const standardError = new Float64Array(nAnnotators).fill(Number.NaN)
  const lower = new Float64Array(nAnnotators)
  const upper = new Float64Array(nAnnotators).fill(1)
  let largestPolish = 0
  for (let k = 0; k < nAnnotators; k++) {
    if (blind[k] === 1) continue
    const own = sorted.subarray(starts[k], starts[k + 1])
    const interval = reliabilityInterval(own, { start: reliability[k]!, prior, method })
    if (solver === "em") largestPolish = Math.max(largestPolish, Math.abs(interval.estimate - reliability[k]!))
    reliability[k] = interval.estimate
    standardError[k] = interval.standardError
    lower[k] = interval.lower
    upper[k] = interval.upper
  }

  const labelProb = new Float64Array(pModel.length)
  for (let i = 0; i < pModel.length; i++) {
    const p = pModel[i]!
    const r = reliability[annotator[i]!]!
    labelProb[i] = (p * r) / (1 - r + (2 * r - 1) * p)
  }
  // One more E step, on a copy, for the log-likelihood of what is returned.
  if (pModel.length > 0) means.push(emStep(labels, reliability.slice()).logLikelihood)
  for (let k = 0; k < nAnnotators; k++) if (blind[k] === 1) reliability[k] = Number.NaN
  const ci95 = { lower, upper }
  const fit = { labelProb, reliability, standardError, ci95, nLabels, iterations, converged, largestPolish }
  return { ...fit, logLikelihood: Float64Array.from(means), noiseRate: noiseRate(fit, method) }
}

interface SortedLabels {
  /** The p of annotator k are those from `starts[k]` up to `starts[k + 1]`. */
  readonly sorted: Float64Array
  readonly starts: Int32Array
  /** 1 where an annotator has no labels or no p apart from 1/2; its reliability is left alone. */
  readonly blind: Uint8Array
  readonly prior: BetaPrior
}

/** Lays the labels of each annotator side by side, in their order, from `starts[k]` up to `starts[k + 1]`. */
const sortByAnnotator = (input: RePoInput) => {
  const { annotator, nAnnotators, pModel } = input
  const nLabels = votesPerAnnotator(input)
  const starts = new Int32Array(nAnnotators + 1)
  for (let k = 0; k < nAnnotators; k++) starts[k + 1] = starts[k]! + nLabels[k]!
  const next = starts.slice()
  const sorted = new Float64Array(pModel.length)
  for (let i = 0; i < annotator.length; i++) sorted[next[annotator[i]!]!++] = pModel[i]!
  return { nLabels, sorted, starts }
}

/**
 * Makes one E and one M step in a single pass, editing `reliability`; the log-likelihood is that before the step.
 *
 * The densities are multiplied and a logarithm is taken only when the product runs out of range: about one in 300
 * labels.
 */
const emStep = ({ blind, prior, sorted, starts }: SortedLabels, reliability: Float64Array) => {
  const seenRight = prior.a - 1
  const seenWrong = prior.b - 1
  let logLikelihood = 0
  let product = 1
  let largestChange = 0
  for (let k = 0; k < reliability.length; k++) {
    const from = starts[k]!
    const to = starts[k + 1]!
    if (from === to) continue
    const r = reliability[k]!
    const base = 1 - r
    const slope = 2 * r - 1
    let sum = 0
    for (let i = from; i < to; i++) {
      const p = sorted[i]!
      const density = base + slope * p
      sum += p / density
      product *= density
      if (product < 1e-200) {
        logLikelihood += Math.log(product)
        product = 1
      }
    }
    if (seenRight > 0) logLikelihood += seenRight * Math.log(r)
    if (seenWrong > 0) logLikelihood += seenWrong * Math.log(base)
    if (blind[k] === 1) continue
    const updated = Math.min(1, (r * sum + seenRight) / (to - from + seenRight + seenWrong))
    largestChange = Math.max(largestChange, Math.abs(updated - r))
    reliability[k] = updated
  }
  return { logLikelihood: (logLikelihood + Math.log(product)) / sorted.length, largestChange }
}

const check = (input: RePoInput, initialReliability: number, prior: BetaPrior): void => {
  const action = "Cannot estimate reliabilities"
  checkLabels(action, input)
  if (!(initialReliability > 0 && initialReliability < 1)) {
    throw new RangeError(`${action}: found initialReliability ${initialReliability}, expected between 0 and 1`)
  }
  if (!(prior.a >= 1 && prior.b >= 1 && Number.isFinite(prior.a + prior.b))) {
    throw new RangeError(`${action}: found prior Beta(${prior.a}, ${prior.b}), expected a and b of at least 1`)
  }
}

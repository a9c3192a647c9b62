import { lbfgs } from "../math/lbfgs.ts"
import { logSigmoid } from "../math/logSigmoid.ts"
import { sigmoid } from "../math/sigmoid.ts"
import { checkComparisons, type Comparisons } from "./Comparisons.ts"
import { votesPerAnnotator } from "./Votes.ts"

/** Options of `crowdBt`. Priors are numbers of imagined observations. */
export interface CrowdBtOptions {
  /** Draws of each candidate with an anchor of score 0; above 0, default 0.1. */
  readonly anchorWeight?: number
  /** Right and wrong verdicts of each annotator, above 0; default 4 and 1. */
  readonly reliabilityPrior?: { readonly right: number; readonly wrong: number }
  /** Most steps of the optimiser; default 200. */
  readonly maxIterations?: number
}

/** Result of `crowdBt`. */
export interface CrowdBtFit {
  /** Per candidate, on the logit scale: the better of two wins with `sigmoid` of the difference. 0 where it was in no comparison. */
  readonly score: Float64Array
  /** Per annotator, the probability of reporting what came out; NaN without comparisons. */
  readonly reliability: Float64Array
  /** Comparisons per annotator. */
  readonly nLabels: Int32Array
  /** Mean log posterior per comparison in nats, up to a constant, at the start and after each step. Never falls. */
  readonly logLikelihood: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

/**
 * Estimates a score per candidate and a reliability per annotator from who won.
 *
 * Model: with `p = sigmoid(score[first] - score[second])`, annotator k says "first" with probability `r p + (1 - r)(1 -
 * p)`: the comparison comes out by Bradley-Terry and is reported right with probability r. It is `rePo` with a table of
 * scores for a scorer, fitted on the same labels. Maximises the posterior by L-BFGS, with an anchor that every candidate
 * drew against (scores stay finite, groups never compared with each other have mean about 0) and a Beta prior on r.
 *
 * Needs overlap: candidates compared by several annotators and with several others. One pair per prompt says nothing about
 * r beyond agreement. Exchanging good and bad everywhere gives the same likelihood; the prior and the start, r = 0.8, take
 * the side of the annotators. No randomness; permuted candidates or annotators permute the answer up to the tolerance.
 * Time O(iterations · comparisons). Throws a RangeError on comparisons or options out of range.
 *
 * Source: Chen et al. 2013, https://doi.org/10.1145/2433396.2433420
 */
export const crowdBt = (comparisons: Comparisons, options: CrowdBtOptions = {}): CrowdBtFit => {
  const { anchorWeight = 0.1, maxIterations = 200, reliabilityPrior = { right: 4, wrong: 1 } } = options
  const action = "Cannot fit CrowdBT"
  checkComparisons(action, comparisons)
  const { right, wrong } = reliabilityPrior
  if (!(anchorWeight > 0 && right > 0 && wrong > 0)) {
    throw new RangeError(
      `${action}: found anchorWeight ${anchorWeight} and reliabilityPrior ${right} to ${wrong}, expected above 0`
    )
  }
  const { annotator, nAnnotators, nCandidates } = comparisons
  const start = new Float64Array(nCandidates + nAnnotators).fill(Math.log(4), nCandidates)
  const nTotal = Math.max(1, annotator.length)
  const fit = lbfgs({
    evaluate: (x, gradient) => crowdBtObjective(comparisons, anchorWeight, reliabilityPrior, x, gradient),
    start,
    maxIterations,
    gradientTolerance: 1e-6 * nTotal,
    valueTolerance: 1e-9
  })
  const nLabels = votesPerAnnotator(comparisons)
  return {
    score: fit.x.slice(0, nCandidates),
    reliability: fit.x.slice(nCandidates).map((logit, k) => (nLabels[k] === 0 ? Number.NaN : sigmoid(logit))),
    nLabels,
    logLikelihood: fit.values.map((value) => -value / nTotal),
    iterations: fit.values.length - 1,
    converged: fit.converged
  }
}

/** Computes minus the log posterior of CrowdBT at scores followed by logit reliabilities, and its gradient. */
export const crowdBtObjective = (
  { annotator, first, firstWon, nAnnotators, nCandidates, second }: Comparisons,
  anchorWeight: number,
  prior: { readonly right: number; readonly wrong: number },
  x: Float64Array,
  gradient: Float64Array
): number => {
  let value = 0
  for (let j = 0; j < nCandidates; j++) {
    value -= anchorWeight * (logSigmoid(x[j]!) + logSigmoid(-x[j]!))
    gradient[j] = anchorWeight * Math.tanh(x[j]! / 2)
  }
  const reliability = new Float64Array(nAnnotators)
  for (let k = 0; k < nAnnotators; k++) {
    const logit = x[nCandidates + k]!
    const r = sigmoid(logit)
    reliability[k] = r
    value -= prior.right * logSigmoid(logit) + prior.wrong * logSigmoid(-logit)
    gradient[nCandidates + k] = prior.wrong * r - prior.right * (1 - r)
  }
  let product = 1
  for (let i = 0; i < first.length; i++) {
    const y = firstWon[i] === 1 ? 1 : -1
    const p = sigmoid(y * (x[first[i]!]! - x[second[i]!]!))
    const k = annotator[i]!
    const r = reliability[k]!
    const density = Math.max(r * p + (1 - r) * (1 - p), 1e-100)
    const push = (y * (2 * r - 1) * p * (1 - p)) / density
    gradient[first[i]!]! -= push
    gradient[second[i]!]! += push
    gradient[nCandidates + k]! -= (r * (1 - r) * (2 * p - 1)) / density
    product *= density
    // One logarithm for many densities.
    if (product < 1e-200) {
      value -= Math.log(product)
      product = 1
    }
  }
  return value - Math.log(product)
}

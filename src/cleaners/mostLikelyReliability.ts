import { findRoot } from "../math/findRoot.ts"
import { type BetaPrior, flatPrior, reliabilityLikelihood } from "./reliabilityLikelihood.ts"

/**
 * Finds the reliability of one annotator under which its labels are most likely.
 *
 * `pModel` has one entry per label: the probability, in [0, 1], that the recorded order is the noise-free one. The
 * log-likelihood is concave in r, also with a prior, so there is one maximum; it is found by safeguarded Newton steps
 * to 1e-12, whatever `start` is. The same maximum that EM reaches, in about 6 passes over the labels instead of tens to
 * hundreds. NaN when nothing can be learned: no labels, or every p within 1e-6 of 1/2. A prior does not change that,
 * since the answer would repeat it. Memory O(1).
 */
export const mostLikelyReliability = (pModel: Float64Array, start = 0.9, prior: BetaPrior = flatPrior): number => {
  if (pModel.every((p) => Math.abs(p - 0.5) <= 1e-6)) return Number.NaN
  if (reliabilityLikelihood(pModel, 1, prior).score >= 0) return 1
  if (reliabilityLikelihood(pModel, 0, prior).score <= 0) return 0
  return findRoot({
    evaluate: (r) => {
      const { information, score } = reliabilityLikelihood(pModel, r, prior)
      return [score, -information]
    },
    lower: 0,
    upper: 1,
    start: start > 0 && start < 1 ? start : 0.5,
    tolerance: 1e-12
  }).root
}

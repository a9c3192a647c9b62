import type { RePoFit } from "./rePo.ts"
import { type BetaPrior, flatPrior } from "./reliabilityLikelihood.ts"

/**
 * Makes a prior worth a few labels around the mean reliability of a fit, for a second fit that is sure of less.
 *
 * `nImagined` labels (default 2), as many of them right as the fit's noise rate says; flat where the fit has none. A
 * first fit with a flat prior gives the noise rate with little bias, but an annotator with ten labels that all agree with
 * the scorer gets a reliability of 1, and its labels a probability of 1. A fit with this prior gives probabilities that
 * can be believed, and takes nearly nothing away where an annotator has hundreds of labels. Report reliabilities and
 * noise rate of the first fit, use `labelProb` of the second.
 *
 * Source: empirical Bayes, Morris 1983, https://doi.org/10.1080/01621459.1983.10477920, with the strength set by hand
 */
export const weakPrior = ({ noiseRate }: Pick<RePoFit, "noiseRate">, nImagined = 2): BetaPrior => {
  if (!(nImagined >= 0 && Number.isFinite(nImagined))) {
    throw new RangeError(`Cannot make a prior: found nImagined ${nImagined}, expected a finite number of at least 0`)
  }
  if (noiseRate === null) return flatPrior
  return { a: 1 + nImagined * (1 - noiseRate.estimate), b: 1 + nImagined * noiseRate.estimate }
}

import { findRoot } from "../math/findRoot.ts"
import { mostLikelyReliability } from "./mostLikelyReliability.ts"
import { type BetaPrior, flatPrior, reliabilityLikelihood } from "./reliabilityLikelihood.ts"

/** What the labels of one annotator say about its reliability. */
export interface ReliabilityInterval {
  /** The most likely reliability, in [0, 1]; NaN when nothing can be learned. */
  readonly estimate: number
  /** One over the root of the observed information; NaN on the border of [0, 1] or without information. */
  readonly standardError: number
  /** Ends of the 95 % interval, in [0, 1]. */
  readonly lower: number
  readonly upper: number
}

/** How an interval is made. */
export type IntervalMethod = "likelihoodRatio" | "observedInformation"

/** Options of `reliabilityInterval`. */
export interface ReliabilityIntervalOptions {
  /** Where the search starts; no influence on the answer. Default 0.9. */
  readonly start?: number
  /** Default flat. */
  readonly prior?: BetaPrior
  /** Default "likelihoodRatio". */
  readonly method?: IntervalMethod
}

/**
 * Finds the most likely reliability of one annotator and how well the labels determine it.
 *
 * `pModel` has one entry per label: the probability, in [0, 1], that the recorded order is the noise-free one. The
 * estimate is that of `mostLikelyReliability`. "likelihoodRatio" holds every r whose log-likelihood is within 1.92 of
 * the maximum (half the 95 % point of chi-square with one degree of freedom); it needs no scale to be chosen and stays
 * valid at 0 and 1. "observedInformation" is the estimate plus and minus 1.96 standard errors, cut at 0 and 1, and the
 * likelihood-ratio interval where the estimate is on the border. With a prior, log-likelihood and information are those
 * of the posterior: the interval is pulled towards the prior along with the estimate, and covers 95 % only as far as
 * the prior is right; with hundreds of labels and a prior worth a few it makes no difference.
 * No labels, or no p further than 1e-6 from 1/2: estimate NaN, interval [0, 1]. Time about 25 passes over the labels,
 * 7 for "observedInformation"; memory O(1).
 *
 * Source: Wilks 1938, https://doi.org/10.1214/aoms/1177732360
 */
export const reliabilityInterval = (
  pModel: Float64Array,
  { method = "likelihoodRatio", prior = flatPrior, start }: ReliabilityIntervalOptions = {}
): ReliabilityInterval => {
  const estimate = mostLikelyReliability(pModel, start, prior)
  if (Number.isNaN(estimate)) return { estimate, standardError: Number.NaN, lower: 0, upper: 1 }
  const interior = estimate > 0 && estimate < 1
  const best = reliabilityLikelihood(pModel, estimate, prior)
  const standardError = interior ? 1 / Math.sqrt(best.information) : Number.NaN
  if (interior && method === "observedInformation") {
    const half = 1.959963984540054 * standardError
    return { estimate, standardError, lower: Math.max(0, estimate - half), upper: Math.min(1, estimate + half) }
  }
  const floor = best.logLikelihood - halfChiSquare
  const reach = 2 / Math.sqrt(best.information)
  /** Searches between the estimate and an end of [0, 1]; the distance from the estimate is the unknown. */
  const end = (side: 1 | -1): number => {
    const room = side === 1 ? 1 - estimate : estimate
    if (reliabilityLikelihood(pModel, side === 1 ? 1 : 0, prior).logLikelihood >= floor) return estimate + side * room
    const { root } = findRoot({
      evaluate: (distance) => {
        const { logLikelihood, score } = reliabilityLikelihood(pModel, estimate + side * distance, prior)
        return [logLikelihood - floor, side * score]
      },
      lower: 0,
      upper: room,
      start: Math.min(reach, room / 2),
      tolerance: 1e-10
    })
    return estimate + side * root
  }
  return { estimate, standardError, lower: end(-1), upper: end(1) }
}

const halfChiSquare = 1.9207294103470567

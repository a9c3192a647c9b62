import { findRoot } from "../math/findRoot.ts"

/** What the labels of one annotator say about its reliability. */
export interface ReliabilityInterval {
  /** The most likely reliability, in [0, 1]. */
  readonly estimate: number
  /** One over the root of the observed information; NaN on the border of [0, 1] or without information. */
  readonly standardError: number
  /** Ends of the 95 % likelihood-ratio interval, in [0, 1]. */
  readonly lower: number
  readonly upper: number
}

/**
 * Finds the most likely reliability of one annotator and how well the labels determine it.
 *
 * `pModel` has one entry per label: the probability, in [0, 1], that the recorded order is the noise-free one. The
 * log-likelihood `sum log(p r + (1 - p)(1 - r))` is concave in r, so there is one maximum; it is found by safeguarded
 * Newton steps to 1e-12. Where all p are 1/2 every r is as likely as any other: then the estimate is `start` and the
 * interval [0, 1]. The interval holds every r whose log-likelihood is within 1.92 of the maximum (half the 95 % point
 * of chi-square with one degree of freedom). Unlike an interval from the standard error it needs no scale to be chosen
 * and stays valid at 0 and 1. No labels: estimate NaN, interval [0, 1]. Time about 25 passes over the labels, memory
 * O(1).
 *
 * Source: Wilks 1938, https://doi.org/10.1214/aoms/1177732360
 */
export const reliabilityInterval = (pModel: Float64Array, start = 0.9): ReliabilityInterval => {
  if (pModel.length === 0) return { estimate: Number.NaN, standardError: Number.NaN, lower: 0, upper: 1 }
  const atZero = likelihood(pModel, 0)
  const atOne = likelihood(pModel, 1)
  if (atZero.information === 0) return { estimate: start, standardError: Number.NaN, lower: 0, upper: 1 }

  const interior = atOne.score < 0 && atZero.score > 0
  const estimate = !interior
    ? Number(atOne.score >= 0)
    : findRoot({
        evaluate: (r) => {
          const { information, score } = likelihood(pModel, r)
          return [score, -information]
        },
        lower: 0,
        upper: 1,
        start: start > 0 && start < 1 ? start : 0.5,
        tolerance: 1e-12
      }).root
  const best = likelihood(pModel, estimate)
  const standardError = interior ? 1 / Math.sqrt(best.information) : Number.NaN
  const floor = best.logLikelihood - halfChiSquare
  const reach = interior ? 2 * standardError : 2 / Math.sqrt(best.information)
  /** Searches between the estimate and an end of [0, 1]; the distance from the estimate is the unknown. */
  const end = (side: 1 | -1): number => {
    const room = side === 1 ? 1 - estimate : estimate
    if ((side === 1 ? atOne : atZero).logLikelihood >= floor) return estimate + side * room
    const { root } = findRoot({
      evaluate: (distance) => {
        const { logLikelihood, score } = likelihood(pModel, estimate + side * distance)
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

interface Likelihood {
  readonly logLikelihood: number
  /** First derivative of the log-likelihood. */
  readonly score: number
  /** Minus its second derivative. */
  readonly information: number
}

/** Multiplies the densities and takes a logarithm only when the product runs out of range. */
const likelihood = (pModel: Float64Array, reliability: number): Likelihood => {
  const base = 1 - reliability
  const slope = 2 * reliability - 1
  let logLikelihood = 0
  let product = 1
  let score = 0
  let information = 0
  for (let i = 0; i < pModel.length; i++) {
    const p = pModel[i]!
    const density = base + slope * p
    const ratio = (2 * p - 1) / density
    score += ratio
    information += ratio * ratio
    product *= density
    if (product < 1e-200) {
      logLikelihood += Math.log(product)
      product = 1
    }
  }
  return { logLikelihood: logLikelihood + Math.log(product), score, information }
}

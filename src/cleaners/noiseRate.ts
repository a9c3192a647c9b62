import type { IntervalMethod } from "./reliabilityInterval.ts"

/** Input of `noiseRate`: one entry per annotator, as `rePo` gives them. */
export interface NoiseRateInput {
  /** Annotators with NaN are left out: nothing is known about them. */
  readonly reliability: Float64Array
  /** NaN where there is none. */
  readonly standardError: Float64Array
  /** 95 % interval of the reliability. */
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  /** Annotators with 0 are left out. */
  readonly nLabels: Int32Array
}

/** Expected share of wrong labels, in [0, 1], with its standard error and 95 % interval. */
export interface NoiseRate {
  readonly estimate: number
  readonly standardError: number
  readonly lower: number
  readonly upper: number
}

/**
 * Combines the reliabilities of the annotators into the share of labels that are wrong; null when nothing is known.
 *
 * The estimate is 1 minus the mean reliability, each annotator counted by its labels. Annotators are treated as
 * independent, so by the delta method the variance is the weighted sum of theirs; half an interval over 1.96 stands in
 * for a missing standard error. "likelihoodRatio" combines their intervals by the MOVER rule, which stays valid where
 * one of them reaches 0 or 1; for one annotator it is that annotator's interval, mirrored. "observedInformation" is the
 * delta method's interval, 1.96 standard errors either way, cut at 0 and 1. With few labels each, reliabilities are cut
 * off at 0 and 1 and their mean is biased, which no interval repairs. The intervals are about a known p: they hold no
 * uncertainty of a temperature (see `temperatureSlope`). Null without labels of an annotator whose reliability is known.
 * Time O(K) for K annotators.
 *
 * Source: Zou and Donner 2008, https://doi.org/10.1002/sim.3095
 */
export const noiseRate = (fit: NoiseRateInput, method: IntervalMethod = "likelihoodRatio"): NoiseRate | null => {
  const known = [...fit.nLabels.keys()].filter((k) => fit.nLabels[k]! > 0 && !Number.isNaN(fit.reliability[k]!))
  if (known.length === 0) return null
  const nTotal = known.reduce((sum, k) => sum + fit.nLabels[k]!, 0)
  let estimate = 0
  let variance = 0
  let below = 0
  let above = 0
  for (const k of known) {
    const share = fit.nLabels[k]! / nTotal
    const reliability = fit.reliability[k]!
    const lower = fit.ci95.lower[k]!
    const upper = fit.ci95.upper[k]!
    const error = Number.isNaN(fit.standardError[k]!) ? (upper - lower) / (2 * 1.96) : fit.standardError[k]!
    estimate += share * (1 - reliability)
    variance += (share * error) ** 2
    below += (share * (upper - reliability)) ** 2
    above += (share * (reliability - lower)) ** 2
  }
  const standardError = Math.sqrt(variance)
  const half = 1.959963984540054 * standardError
  const [down, up] = method === "likelihoodRatio" ? [Math.sqrt(below), Math.sqrt(above)] : [half, half]
  return { estimate, standardError, lower: Math.max(0, estimate - down), upper: Math.min(1, estimate + up) }
}

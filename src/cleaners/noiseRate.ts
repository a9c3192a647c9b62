/** Input of `noiseRate`: one entry per annotator, as `rePo` gives them. */
export interface NoiseRateInput {
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
 * Combines the reliabilities of the annotators into the share of labels that are wrong.
 *
 * The estimate is 1 minus the mean reliability, each annotator counted by its labels. Annotators are treated as
 * independent; the interval combines theirs by the MOVER rule, so it stays valid where one of them reaches 0 or 1, and
 * half an interval over 1.96 stands in for a missing standard error. For one annotator it is that annotator's interval,
 * mirrored. With few labels each, reliabilities are cut off at 0 and 1 and their mean is biased, which no interval
 * repairs. Without labels the estimate is NaN and the interval [0, 1]. Time O(K) for K annotators.
 *
 * Source: Zou and Donner 2008, https://doi.org/10.1002/sim.3095
 */
export const noiseRate = (fit: NoiseRateInput): NoiseRate => {
  const nTotal = fit.nLabels.reduce((sum, n) => sum + n, 0)
  if (nTotal === 0) return { estimate: Number.NaN, standardError: Number.NaN, lower: 0, upper: 1 }
  let estimate = 0
  let variance = 0
  let below = 0
  let above = 0
  for (let k = 0; k < fit.nLabels.length; k++) {
    if (fit.nLabels[k] === 0) continue
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
  return {
    estimate,
    standardError: Math.sqrt(variance),
    lower: Math.max(0, estimate - Math.sqrt(below)),
    upper: Math.min(1, estimate + Math.sqrt(above))
  }
}

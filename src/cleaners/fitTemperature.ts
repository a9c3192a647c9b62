import { findRoot } from "../math/findRoot.ts"

/** Input of `fitTemperature`: one entry per trusted row, a row whose right order is known. */
export interface FitTemperatureInput {
  /** Score of the recorded chosen response minus that of the rejected one; finite, any unit. */
  readonly margin: Float64Array
  /** 1 when the recorded order is right, 0 when it is wrong. */
  readonly correct: Uint8Array
}

/** Result of `fitTemperature`. */
export interface TemperatureFit {
  /** Above 0, in the unit of the margins; null when there is no finite, positive maximum. */
  readonly temperature: number | null
  /**
   * Why there is none. "noEvidence": no rows, or all margins are 0. "separable": every non-zero margin points the right
   * way, so ever smaller temperatures fit ever better. "notPredictive": margins point the wrong way at least as much as
   * the right way, so the best probability is 1/2 or the scores are reversed.
   */
  readonly reason: "noEvidence" | "separable" | "notPredictive" | null
  /** Standard error of the temperature from the observed information; null without a temperature. */
  readonly standardError: number | null
  readonly nTrusted: number
  /** Mean log loss in nats at temperature 1; NaN without rows. Log 2 = 0.693 is what a coin gets. */
  readonly logLossBefore: number
  /** Mean log loss in nats at the temperature fitted, on the same rows; null without a temperature. */
  readonly logLossAfter: number | null
  /** Whether the maximum was located; false also when there is none. */
  readonly converged: boolean
}

/**
 * Fits the one number that turns score gaps into probabilities, `p = sigmoid(margin / temperature)`, on trusted rows.
 *
 * Maximum likelihood. The log-likelihood is concave in 1/temperature, so the maximum is unique; it is found to a
 * relative error of 1e-10. When the data have no maximum the temperature is null with a reason and no number is made
 * up: collect more trusted rows, hard ones among them ("separable"), or another scorer ("notPredictive").
 * Rows must be those the scorer was not trained on. Exchanging the two sides of a row (negated margin, other `correct`)
 * changes nothing. No randomness; the order of the rows does not matter beyond rounding. Time about 20 passes.
 * Throws a RangeError on arrays of unequal length or a margin that is not finite.
 *
 * Source: temperature scaling, Guo et al. 2017, https://arxiv.org/abs/1706.04599; here for two outcomes.
 */
export const fitTemperature = ({ correct, margin }: FitTemperatureInput): TemperatureFit => {
  check({ correct, margin })
  const nTrusted = margin.length
  const signed = Float64Array.from(margin, (value, i) => (correct[i] === 0 ? -value : value))
  const scale = signed.reduce((sum, value) => sum + Math.abs(value), 0) / nTrusted
  const none = (reason: "noEvidence" | "separable" | "notPredictive"): TemperatureFit => ({
    temperature: null,
    reason,
    standardError: null,
    nTrusted,
    logLossBefore: logLoss(signed, 1),
    logLossAfter: null,
    converged: false
  })
  if (!(scale > 0)) return none("noEvidence")
  if (signed.every((value) => value >= 0)) return none("separable")
  if (signed.reduce((sum, value) => sum + value, 0) <= 0) return none("notPredictive")

  // The unknown is x = log(scale / temperature), free of the unit of the margins.
  const evaluate = (x: number): readonly [number, number] => {
    const factor = Math.exp(x) / scale
    const { information, score } = derivatives(signed, factor)
    return [score, -information * factor]
  }
  let lower = -1
  while (evaluate(lower)[0] < 0 && lower > -700) lower *= 2
  let upper = 1
  while (evaluate(upper)[0] > 0 && upper < 700) upper *= 2
  const { converged, root } = findRoot({ evaluate, lower, upper, start: (lower + upper) / 2, tolerance: 1e-10 })
  const temperature = scale / Math.exp(root)
  const { information } = derivatives(signed, 1 / temperature)
  return {
    temperature,
    reason: null,
    standardError: temperature ** 2 / Math.sqrt(information),
    nTrusted,
    logLossBefore: logLoss(signed, 1),
    logLossAfter: logLoss(signed, temperature),
    converged
  }
}

/** First derivative and minus the second of the log-likelihood in `factor` = 1 / temperature. */
const derivatives = (signed: Float64Array, factor: number) => {
  let score = 0
  let information = 0
  for (const value of signed) {
    const wrong = 1 / (1 + Math.exp(value * factor))
    score += value * wrong
    information += value * value * wrong * (1 - wrong)
  }
  return { information, score }
}

const logLoss = (signed: Float64Array, temperature: number): number => {
  let sum = 0
  for (const value of signed) {
    const x = -value / temperature
    sum += Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
  }
  return sum / signed.length
}

const check = ({ correct, margin }: FitTemperatureInput): void => {
  const action = "Cannot fit a temperature"
  if (margin.length !== correct.length) {
    throw new RangeError(`${action}: found ${margin.length} margins and ${correct.length} outcomes, expected one each`)
  }
  const bad = margin.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0) throw new RangeError(`${action}: found margin ${margin[bad]} at row ${bad}, expected a finite number`)
}

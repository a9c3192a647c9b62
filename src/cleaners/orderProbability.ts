import { sigmoid } from "../math/sigmoid.ts"

/** Log-probabilities of the two responses of each row under the model, in nats, summed over the tokens; at most 0. */
export interface LogProbColumns {
  readonly logpChosen: Float64Array
  readonly logpRejected: Float64Array
}

/** Log-probabilities of the same responses under the reference model. */
export interface ReferenceColumns {
  readonly refLogpChosen: Float64Array
  readonly refLogpRejected: Float64Array
}

/** The loss whose opinion about each row is wanted, with the columns and numbers that it reads. */
export type OrderEvidence =
  | ({ readonly loss: "dpo" | "ipo"; readonly beta: number } & LogProbColumns & ReferenceColumns)
  | ({
      readonly loss: "simpo"
      readonly beta: number
      /** Target margin, at least 0. */
      readonly gamma: number
      /** Tokens of each response, above 0. */
      readonly nTokChosen: ArrayLike<number>
      readonly nTokRejected: ArrayLike<number>
    } & LogProbColumns)
  | ({ readonly loss: "cpo"; readonly beta: number } & LogProbColumns)
  | {
      /** A reward model's or judge's scores: no loss, Bradley-Terry on the gap. */
      readonly loss: "gap"
      /** Score of the chosen response minus that of the rejected one, in the scorer's unit. */
      readonly gap: Float64Array
      /** In the unit of the gaps, above 0; as `fitTemperature` finds it. */
      readonly temperature: number
    }

/**
 * Turns what a preference loss or a scorer says about each row into the probability that the recorded order is right.
 *
 * Gibbs construction: the two orders of a pair are weighed by `exp(-loss)`, so
 * `p = sigmoid(loss(rejected over chosen) - loss(chosen over rejected))`. With `d` the gap of the log-probabilities of
 * chosen and rejected and `D` the same gap minus that of the reference model:
 * - "dpo": `sigmoid(beta D)`, Bradley-Terry exactly.
 * - "ipo": loss `(D - 1 / (2 beta))²`, so `sigmoid(2 D / beta)`. With beta 0.1 a few nats already give 0 or 1.
 * - "simpo": `a = beta (logpChosen / nTokChosen - logpRejected / nTokRejected)`, loss `-log sigmoid(a - gamma)`, so
 *   `sigmoid(a - gamma) / (sigmoid(a - gamma) + sigmoid(-a - gamma))`, which is `sigmoid(a)` only for gamma 0.
 * - "cpo": loss `-log sigmoid(beta d) - logpChosen`, so `sigmoid((1 + beta) d)`: the raw log-probability dominates,
 *   longer responses lose, and it saturates.
 * - "gap": `sigmoid(gap / temperature)`.
 *
 * One p per row, in [0, 1], in the order of the rows; exactly 0 or 1 where it saturates. Exchanging the two responses
 * gives 1 - p. A row with a NaN among its columns is missing and gets NaN. Only "gap" can be calibrated as it is; the
 * others are as sharp as training made them: before an estimate is read, take the log-odds of p as a gap and fit a
 * temperature. Time O(rows). Throws a RangeError on columns of unequal length, a log-probability that is infinite or
 * above 0, an infinite gap, a token count or a number out of range.
 *
 * Source: RE-PO, https://arxiv.org/abs/2509.24159, table 1 and equation 5; losses: DPO, https://arxiv.org/abs/2305.18290;
 * IPO, https://arxiv.org/abs/2310.12036; SimPO, https://arxiv.org/abs/2405.14734; CPO, https://arxiv.org/abs/2401.08417
 */
export const orderProbability = (evidence: OrderEvidence): Float64Array => {
  if (evidence.loss === "gap") {
    const { gap, temperature } = evidence
    checkPositive("temperature", temperature)
    checkColumn("gap", gap, gap.length, Number.isFinite, "a finite number")
    return gap.map((value) => sigmoid(value / temperature))
  }
  const { beta, logpChosen, logpRejected } = evidence
  const nRows = logpChosen.length
  checkPositive("beta", beta)
  checkLogp("logpChosen", logpChosen, nRows)
  checkLogp("logpRejected", logpRejected, nRows)
  if (evidence.loss === "cpo") {
    return Float64Array.from(logpChosen, (value, i) => sigmoid((1 + beta) * (value - logpRejected[i]!)))
  }
  if (evidence.loss === "simpo") {
    const { gamma, nTokChosen, nTokRejected } = evidence
    if (!(gamma >= 0 && Number.isFinite(gamma))) {
      throw new RangeError(`${action}: found gamma ${gamma}, expected a finite number of at least 0`)
    }
    checkColumn("nTokChosen", nTokChosen, nRows, isAboveZero, "a finite number above 0")
    checkColumn("nTokRejected", nTokRejected, nRows, isAboveZero, "a finite number above 0")
    return Float64Array.from(logpChosen, (value, i) => {
      const a = beta * (value / nTokChosen[i]! - logpRejected[i]! / nTokRejected[i]!)
      return sigmoid(softplus(gamma + a) - softplus(gamma - a))
    })
  }
  const { refLogpChosen, refLogpRejected } = evidence
  checkLogp("refLogpChosen", refLogpChosen, nRows)
  checkLogp("refLogpRejected", refLogpRejected, nRows)
  const factor = evidence.loss === "dpo" ? beta : 2 / beta
  return Float64Array.from(logpChosen, (value, i) =>
    sigmoid(factor * (value - refLogpChosen[i]! - (logpRejected[i]! - refLogpRejected[i]!)))
  )
}

const action = "Cannot turn evidence into probabilities"

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

const isAboveZero = (value: number): boolean => value > 0 && Number.isFinite(value)

const checkPositive = (name: string, value: number): void => {
  if (!isAboveZero(value)) throw new RangeError(`${action}: found ${name} ${value}, expected a finite number above 0`)
}

const checkLogp = (name: string, column: Float64Array, nRows: number): void =>
  checkColumn(name, column, nRows, (value) => value <= 0 && Number.isFinite(value), "a finite number of at most 0")

const checkColumn = (
  name: string,
  column: ArrayLike<number>,
  nRows: number,
  isGood: (value: number) => boolean,
  expected: string
): void => {
  if (column.length !== nRows) {
    throw new RangeError(`${action}: found ${column.length} entries of ${name} for ${nRows} rows, expected one each`)
  }
  for (let i = 0; i < nRows; i++) {
    const value = column[i]!
    if (!Number.isNaN(value) && !isGood(value)) {
      throw new RangeError(`${action}: found ${name} ${value} at row ${i}, expected ${expected}, or NaN where missing`)
    }
  }
}

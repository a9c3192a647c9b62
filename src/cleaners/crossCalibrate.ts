import { sigmoid } from "../math/sigmoid.ts"
import { applyIsotonic } from "./applyIsotonic.ts"
import { type CalibrationBin, calibrationError } from "./calibrationError.ts"
import { fitIsotonic } from "./fitIsotonic.ts"
import { fitTemperature, type TemperatureFit } from "./fitTemperature.ts"

/** Input of `crossCalibrate`: one entry per row. */
export interface CrossCalibrateInput {
  /** Score of the recorded chosen response minus that of the rejected one; finite, any unit. */
  readonly margin: Float64Array
  /** 1 where the recorded order is known to be right, 0 where it is known to be wrong, -1 where it is not known. */
  readonly correct: Int8Array
  /** What a row must not be calibrated by: its pair or, better, its prompt, as any number. */
  readonly group: Int32Array
  readonly method: "temperature" | "isotonic"
  /** Parts the groups are dealt into, at least 2; default 5. */
  readonly nFolds?: number
  /** Uniform numbers in [0, 1), one per group in the order of first appearance; see `keyedRandom`. */
  readonly random: () => number
}

/** How good probabilities are on the trusted rows. */
export interface CalibrationCheck {
  /** Expected calibration error, 0 is perfect; NaN without trusted rows. */
  readonly calibrationError: number
  /** The points of a reliability diagram. */
  readonly bins: ReadonlyArray<CalibrationBin>
}

/** Result of `crossCalibrate`. */
export interface CrossCalibration {
  /** Per row, the probability that the recorded order is right, from a fit without the row's group; null without a fit. */
  readonly pModel: Float64Array | null
  /** Why there is none: "fewTrusted" or what `fitTemperature` says. */
  readonly reason: TemperatureFit["reason"] | "fewTrusted"
  readonly nTrusted: number
  /** The mean of the folds' temperatures; null for "isotonic" or without a fit. */
  readonly temperature: number | null
  /** On the trusted rows, of `sigmoid(margin)`. */
  readonly before: CalibrationCheck
  /** On the trusted rows, of `pModel`, so out of fold; null without a fit. */
  readonly after: CalibrationCheck | null
}

/**
 * Turns margins into calibrated probabilities such that no row takes part in its own calibration.
 *
 * Groups are dealt into folds at random. The rows of a fold, trusted or not, get their probability from a map that is
 * fitted on the trusted rows of the other folds: one temperature, or a rising function (isotonic). So the error after
 * calibration is that of new rows. Both maps treat the two responses alike: exchanging them in a row (negated margin, other
 * `correct`) gives 1 - p; the isotonic fit sees every trusted row from both sides for that. Isotonic values are kept
 * within 1 / (n + 2) of 0 and 1 for n trusted rows: a few rows cannot make certainty. Take the temperature for less than
 * about a thousand trusted rows.
 *
 * `correct` must come from somewhere else than the labels to be cleaned: a map that is fitted on noisy labels learns
 * their noise, and `rePo` then finds none. Where a fold has no trusted rows outside it, or no temperature,
 * there are no probabilities, and `reason` says why. The same `random` gives the same folds.
 * Time O(nFolds · trusted rows · 20 + n log n), memory O(n). Throws a RangeError on arrays of unequal length, a margin
 * that is not finite, a `correct` other than 1, 0 and -1, or `nFolds` below 2.
 *
 * Source: cross-fitting as in Chernozhukov et al. 2018, https://doi.org/10.1111/ectj.12097
 */
export const crossCalibrate = (input: CrossCalibrateInput): CrossCalibration => {
  const { correct, margin, method, nFolds = 5 } = input
  check(input, nFolds)
  const fold = dealFolds(input, nFolds)
  const trusted = Uint32Array.from(margin.keys()).filter((i) => correct[i]! >= 0)
  const outcome = Uint8Array.from(trusted, (i) => correct[i]!)
  const checkOf = (p: (i: number) => number) => calibrationError({ predicted: Float64Array.from(trusted, p), outcome })
  const before = checkOf((i) => sigmoid(margin[i]!))
  const nTrusted = trusted.length
  const none = (reason: CrossCalibration["reason"]): CrossCalibration => ({
    pModel: null,
    reason,
    nTrusted,
    temperature: null,
    before,
    after: null
  })

  const pModel = new Float64Array(margin.length)
  let sumTemperature = 0
  for (let held = 0; held < nFolds; held++) {
    const others = trusted.filter((i) => fold[i] !== held)
    if (others.length === 0) return none("fewTrusted")
    const seen = Float64Array.from(others, (i) => margin[i]!)
    const right = Uint8Array.from(others, (i) => correct[i]!)
    let map: (value: number) => number
    if (method === "temperature") {
      const { reason, temperature } = fitTemperature({ margin: seen, correct: right })
      if (temperature === null) return none(reason)
      sumTemperature += temperature
      map = (value) => sigmoid(value / temperature)
    } else {
      const bothSides = new Float64Array(2 * seen.length)
      bothSides.set(seen)
      bothSides.set(
        seen.map((value) => -value),
        seen.length
      )
      const fit = fitIsotonic({ score: bothSides, outcome: [...right, ...right.map((value) => 1 - value)] })
      const least = 1 / (seen.length + 2)
      map = (value) => Math.min(1 - least, Math.max(least, applyIsotonic(fit, value)))
    }
    for (let i = 0; i < margin.length; i++) if (fold[i] === held) pModel[i] = map(margin[i]!)
  }
  return {
    pModel,
    reason: null,
    nTrusted,
    temperature: method === "temperature" ? sumTemperature / nFolds : null,
    before,
    after: checkOf((i) => pModel[i]!)
  }
}

/** Deals groups into folds, those with trusted rows first, so that each fold gets its share of them. */
const dealFolds = ({ correct, group, random }: CrossCalibrateInput, nFolds: number): Int32Array => {
  const keys = new Map<number, number>()
  for (const g of group) if (!keys.has(g)) keys.set(g, random())
  for (let i = 0; i < group.length; i++) {
    const key = keys.get(group[i]!)!
    if (correct[i]! >= 0 && key >= 0) keys.set(group[i]!, key - 1)
  }
  const shuffled = [...keys].toSorted(([, a], [, b]) => a - b)
  const foldOf = new Map(shuffled.map(([g], rank) => [g, rank % nFolds]))
  return group.map((g) => foldOf.get(g)!)
}

const check = ({ correct, group, margin }: CrossCalibrateInput, nFolds: number): void => {
  const action = "Cannot calibrate"
  if (correct.length !== margin.length || group.length !== margin.length) {
    throw new RangeError(
      `${action}: found ${margin.length} margins, ${correct.length} outcomes and ${group.length} groups, expected one each`
    )
  }
  if (!Number.isInteger(nFolds) || nFolds < 2) {
    throw new RangeError(`${action}: found nFolds ${nFolds}, expected an integer of at least 2`)
  }
  const bad = margin.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0) throw new RangeError(`${action}: found margin ${margin[bad]} at row ${bad}, expected a finite number`)
  const odd = correct.findIndex((value) => value < -1 || value > 1)
  if (odd >= 0) throw new RangeError(`${action}: found correct ${correct[odd]} at row ${odd}, expected 1, 0 or -1`)
}

import { calibrationFinding } from "../calibrationFinding.ts"
import { crossCalibrate } from "../cleaners/crossCalibrate.ts"
import { fitTemperature } from "../cleaners/fitTemperature.ts"
import type { Finding } from "../Findings.ts"
import { sigmoid } from "../math/sigmoid.ts"

/** Rating gaps of labels and of trusted verdicts: one entry per gap. */
export interface GapsInput {
  /** Mean rating of one candidate less that of the other; 0 where one is missing. */
  readonly gap: Float64Array
  /** 1 or 0 where a trusted verdict says which of the two is better, -1 where a label is to be judged. */
  readonly correct: Int8Array
  /** The row of each gap. */
  readonly group: Int32Array
  /** One uniform number per row with gaps, in the order of the rows: it decides the row's fold. */
  readonly draws: ArrayLike<number>
  /** Names for the explanation. */
  readonly trusted: ReadonlyArray<string>
  /** The map from gaps to probabilities; default "temperature". */
  readonly method?: "temperature" | "isotonic"
}

/** Calibrated probabilities with what is known about them. */
export interface GapCalibration {
  /** Per gap, the probability of its order; the logistic function of the bare gap where nothing was calibrated. */
  readonly pModel: Float64Array
  readonly finding: Extract<Finding, { readonly kind: "noise" }>["calibration"]
  /** Standard error of the temperature over the temperature; 0 where there is none. */
  readonly relativeError: number
  /** Why nothing was calibrated and what to do, in plain words; null where it was. */
  readonly problem: string | null
}

/**
 * Calibrates rating gaps on trusted verdicts such that no row takes part in its own calibration.
 *
 * Temperature and calibration errors are those of `crossCalibrate` with five folds; the standard error of the temperature is
 * that of a fit to all trusted gaps. A rising function has neither, and no finding. Without a fit the gaps are taken as log-odds and
 * `problem` says why. Time O(gaps).
 */
export const calibrateGaps = (input: GapsInput): GapCalibration => {
  const { correct, draws, gap, group, method = "temperature", trusted } = input
  let next = 0
  const cross = crossCalibrate({ margin: gap, correct, group, method, random: () => draws[next++]! })
  if (cross.pModel === null) {
    return {
      pModel: gap.map(sigmoid),
      finding: null,
      relativeError: 0,
      problem: problemOf(cross.reason ?? "fewTrusted", cross.nTrusted, trusted)
    }
  }
  if (method === "isotonic") return { pModel: cross.pModel, finding: null, relativeError: 0, problem: null }
  const isTrusted = gap.map((_, i) => Number(correct[i]! >= 0))
  const all = fitTemperature({
    margin: gap.filter((_, i) => isTrusted[i] === 1),
    correct: Uint8Array.from(correct.filter((value) => value >= 0))
  })
  return {
    pModel: cross.pModel,
    finding: calibrationFinding(cross),
    relativeError: all.temperature === null ? 0 : (all.standardError ?? 0) / all.temperature,
    problem: null
  }
}

const problemOf = (
  reason: "fewTrusted" | "noEvidence" | "separable" | "notPredictive",
  nTrusted: number,
  trusted: ReadonlyArray<string>
): string => {
  if (trusted.length === 0) return "No trusted annotator was named"
  const verdicts = `the ${nTrusted} rated verdicts by ${trusted.join(", ")}`
  switch (reason) {
    case "fewTrusted":
      return `Found ${nTrusted} rated verdicts by ${trusted.join(", ")}, too few rows to fit on some and use on others (fewTrusted)`
    case "noEvidence":
      return `In a fold of ${verdicts} no rating differs (noEvidence)`
    case "separable":
      return `In a fold of ${verdicts} the ratings are never wrong, so any sharpness fits: add hard rows (separable)`
    case "notPredictive":
      return `In a fold of ${verdicts} the ratings point the wrong way as much as the right one: check their scale (notPredictive)`
  }
}

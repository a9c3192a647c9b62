import type { RePoFit } from "./rePo.ts"

/** What `noiseWarnings` needs to know besides the fit. */
export interface NoiseFacts {
  /** Whether a temperature was fitted on trusted rows before `pModel` was computed. */
  readonly calibrated: boolean
  /** The probabilities the fit was made from, one per label. */
  readonly pModel: Float64Array
  /** What to call the annotators, by index; default their index. */
  readonly annotatorNames?: ReadonlyArray<string>
}

/** A reason to doubt a noise estimate. */
export interface NoiseWarning {
  readonly code: "uncalibrated" | "noEvidence" | "notConverged" | "fewLabels" | "nearHalf" | "belowHalf"
  /** What was found, what it means and what to do, in plain words. */
  readonly message: string
  /** Index of the annotator it is about; absent when it is about the whole fit. */
  readonly annotator?: number
}

/**
 * Lists what stands in the way of believing the reliabilities and the noise rate of a fit.
 *
 * About the whole fit: "uncalibrated" (no temperature from trusted rows), "noEvidence" (no p further than 1e-6 from
 * 1/2: reliabilities are not identifiable, whoever prints them must refuse; no other warning about the numbers follows
 * then), "notConverged" (EM hit its limit). About one annotator: "fewLabels", "nearHalf" (the 95 % interval includes
 * 1/2, a coin) and "belowHalf" (the interval lies under 1/2). Annotators without labels are passed over. Order: whole
 * fit first, then by annotator.
 *
 * "fewLabels" means under 50. The standard error is about 0.69 / sqrt(labels) where margins have standard deviation 2
 * and the reliability is 0.8, so 50 labels give 0.10 and an interval of 0.4 in width: less cannot tell 0.8 from 0.6.
 * Where margins have standard deviation 1 or 4 the constant is 1.11 or 0.52, and the same precision takes 123 or 27.
 * Time O(labels + annotators). No warning about an empty fit but "uncalibrated".
 */
export const noiseWarnings = (
  fit: RePoFit,
  { annotatorNames, calibrated, pModel }: NoiseFacts
): Array<NoiseWarning> => {
  const warnings: Array<NoiseWarning> = []
  if (!calibrated) {
    warnings.push({
      code: "uncalibrated",
      message:
        "No temperature was fitted on trusted rows. Scores that are too confident make the noise look larger than " +
        "it is, timid ones hide it. Add rows whose right order is known and fit a temperature before " +
        "reading the noise rate"
    })
  }
  if (pModel.length === 0) return warnings
  if (pModel.every((p) => Math.abs(p - 0.5) <= 1e-6)) {
    warnings.push({
      code: "noEvidence",
      message:
        "The scorer gives both orders the same chance on every row, so nothing can be said about the labels: any " +
        "reliability fits equally well. Use a scorer that prefers one response to the other"
    })
    return warnings
  }
  if (!fit.converged) {
    warnings.push({
      code: "notConverged",
      message:
        `EM stopped after ${fit.iterations} iterations before it met its tolerance; a last step moved a reliability ` +
        `by ${fit.largestPolish.toPrecision(2)} to the maximum. This happens when the scorer says little about ` +
        "the labels of an annotator. Allow more iterations, or pool annotators that have few informative rows"
    })
  }
  for (let annotator = 0; annotator < fit.nLabels.length; annotator++) {
    const n = fit.nLabels[annotator]!
    if (n === 0) continue
    const name = annotatorNames === undefined ? String(annotator) : `"${annotatorNames[annotator]}"`
    const lower = fit.ci95.lower[annotator]!
    const upper = fit.ci95.upper[annotator]!
    const range = `${lower.toFixed(2)} to ${upper.toFixed(2)}`
    if (n < fewLabels) {
      warnings.push({
        code: "fewLabels",
        annotator,
        message:
          `Annotator ${name} has ${n} labels, expected at least ${fewLabels} for a reliability known to about ` +
          `0.2 either way. Collect more labels, or treat such annotators as one`
      })
    }
    if (upper < 0.5) {
      warnings.push({
        code: "belowHalf",
        annotator,
        message:
          `The reliability of annotator ${name} is ${range}, worse than a coin. Check whether chosen and ` +
          "rejected are swapped in these rows, or the scores reversed, before flipping anything"
      })
    } else if (lower <= 0.5) {
      warnings.push({
        code: "nearHalf",
        annotator,
        message:
          `The reliability of annotator ${name} is ${range}, which includes 0.50: these labels cannot be ` +
          "told from coin flips. Collect more labels, use a more informative scorer, or leave the annotator out"
      })
    }
  }
  return warnings
}

const fewLabels = 50

import { textEvidence } from "../cleaners/textEvidence.ts"
import type { NoiseFacts } from "../cleaners/noiseWarnings.ts"
import { indexesWhere } from "../math/indexesWhere.ts"
import { calibrateGaps, type GapCalibration } from "./calibrateGaps.ts"
import type { PairEvidence } from "./PairEvidence.ts"
import type { PairLabels } from "./PairLabels.ts"

/** How evidence becomes a probability. */
export interface PairEvidenceOptions {
  readonly evidence: PairEvidence | null
  readonly evidenceFrom: NonNullable<NoiseFacts["evidence"]>
  readonly calibration: "temperature" | "isotonic"
  /** What to call those who know, for the explanation. */
  readonly trusted: ReadonlyArray<string>
  /** The number that decides the fold of a prompt, by the prompt's key. */
  readonly draw: (promptKey: string) => number
}

/** What the evidence says about each recorded order. */
export interface PairOrderEvidence {
  /** Per label; NaN where there is no evidence. What is known of the label itself is not in it. */
  readonly pModel: Float64Array
  readonly calibration: Pick<GapCalibration, "finding" | "problem" | "relativeError">
  readonly facts: Pick<NoiseFacts, "evidence" | "texts">
}

/**
 * Turns the evidence about pairs into probabilities that their recorded order is right, calibrated out of fold by prompt.
 *
 * A probability is taken as it is. Texts are scored by `textEvidence`, on the sample that was kept; where that beats no coin they count for
 * nothing. Everything else is calibrated on rows whose order is known, as `calibrateGaps` does.
 */
export const pairEvidenceOf = (labels: PairLabels, options: PairEvidenceOptions): PairOrderEvidence => {
  const { evidence, evidenceFrom, trusted } = options
  const none = { finding: null, problem: null, relativeError: 0 }
  if (evidence === null) return { pModel: labels.value.map(() => Number.NaN), calibration: none, facts: {} }
  if (evidence.kind === "probability") {
    return { pModel: labels.value, calibration: none, facts: { evidence: evidenceFrom } }
  }
  if (evidence.kind !== "texts")
    return { ...calibrated(labels, labels.value, options), facts: { evidence: evidenceFrom } }
  const { accuracy, gap, hasSignal, lower, upper } = textEvidence(labels.texts.map(([, pair]) => pair))
  if (!hasSignal) {
    const problem =
      trusted.length === 0 ? "No trusted annotator was named" : "Texts that tell nothing leave nothing to calibrate"
    const texts = { estimate: accuracy, lower, upper }
    return {
      pModel: labels.value.map(() => Number.NaN),
      calibration: { ...none, problem },
      facts: { evidence: "independent", texts }
    }
  }
  const ofItem = new Map(labels.texts.map(([item, { pairId }]) => [item, gap.get(pairId) ?? Number.NaN]))
  const value = Float64Array.from(
    labels.item,
    (i, at) => (ofItem.get(i) ?? Number.NaN) * (labels.side[at]! || Number.NaN)
  )
  return { ...calibrated(labels, value, options), facts: { evidence: "otherRows" } }
}

const calibrated = (
  { known, prompt, promptKeys }: PairLabels,
  value: Float64Array,
  { calibration: method, draw, trusted }: PairEvidenceOptions
) => {
  const at = indexesWhere(value.length, (i) => !Number.isNaN(value[i]!))
  const group = Int32Array.from(at, (i) => prompt[i]!)
  const { pModel: found, ...calibration } = calibrateGaps({
    gap: Float64Array.from(at, (i) => value[i]!),
    correct: Int8Array.from(at, (i) => known[i]!),
    group,
    draws: Float64Array.from(new Set(group), (g) => draw(promptKeys[g]!)),
    trusted,
    method
  })
  const pModel = new Float64Array(value.length).fill(Number.NaN)
  for (const [n, i] of at.entries()) pModel[i] = found[n]!
  return { pModel, calibration }
}

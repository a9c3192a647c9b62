import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

/**
 * Draws preference labels from the model of `rePo`: margins N(0, marginSd²), the noise-free order from sigmoid(margin),
 * and a recorded order that repeats it with the reliability of the annotator. Annotators take turns.
 *
 * `margin` is that of the recorded order, so `sigmoid(margin)` is the calibrated `pModel`; `right` is 1 where the
 * recorded order is the noise-free one.
 */
export const plantLabels = (plan: {
  readonly nLabels: number
  readonly marginSd: number
  readonly reliability: ReadonlyArray<number>
  readonly seed: string | number
}) => {
  const { marginSd, nLabels, reliability, seed } = plan
  const random = keyedRandom("plantLabels", seed)
  const margin = new Float64Array(nLabels)
  const pModel = new Float64Array(nLabels)
  const annotator = new Int32Array(nLabels)
  const right = new Uint8Array(nLabels)
  for (let i = 0; i < nLabels; i++) {
    const drawn = marginSd * normal(random)
    const firstIsBetter = random() < sigmoid(drawn)
    annotator[i] = i % reliability.length
    right[i] = random() < reliability[annotator[i]!]! ? 1 : 0
    margin[i] = firstIsBetter === (right[i] === 1) ? drawn : -drawn
    pModel[i] = sigmoid(margin[i]!)
  }
  return { annotator, margin, nAnnotators: reliability.length, pModel, right }
}

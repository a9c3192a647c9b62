import type { RePoInput } from "./rePo.ts"
import { checkLabels } from "./checkLabels.ts"

/** Options of `rePoOnline`. */
export interface RePoOnlineOptions {
  /** Reliability of every annotator at the start, strictly between 0 and 1; default 0.9. */
  readonly initialReliability?: number
  /** Share of the way that a reliability moves to the mean of its batch, in (0, 1]; default 0.1. */
  readonly alpha?: number
  /** Labels in a batch, a positive integer; the last one may be smaller. Default 64. */
  readonly batchSize?: number
}

/** Result of `rePoOnline`. */
export interface RePoOnlineFit {
  /** Per label, the probability that the recorded order is right, given the reliability before its batch. */
  readonly labelProb: Float64Array
  /** Per annotator, the moving average after the last batch; the initial value without labels. */
  readonly reliability: Float64Array
  /** Labels per annotator. */
  readonly nLabels: Int32Array
}

/**
 * Follows the reliabilities through the labels in one pass, by the moving average that RE-PO uses while it trains.
 *
 * Another product than `rePo`, not an approximation of it. A batch of labels gets
 * `labelProb = p r / (p r + (1 - p)(1 - r))` with the reliabilities so far; then each annotator in it moves,
 * `r ← (1 - alpha) r + alpha · mean labelProb`. The answer depends on the order of the labels and on the start: with a
 * small `alpha` it stays near `initialReliability` (20,000 labels at 0.001 are not enough to leave it), with a large
 * one it jumps with the last batches, and it never settles at the maximum of the likelihood. Early labels are judged
 * with a reliability that later ones refute. There is no standard error. Use it to reproduce training; to audit data
 * use `rePo`.
 *
 * N labels, K annotators, arrays in the order given; batches are consecutive labels. In training p comes from the model
 * as it is at that batch: so may the p here. No randomness. Time O(N), memory 8 bytes per label plus O(K). Throws a
 * RangeError on arrays of unequal length, a p that is NaN or outside [0, 1], an annotator or an option out of range.
 *
 * Source: RE-PO, https://arxiv.org/abs/2509.24159, algorithm 1
 */
export const rePoOnline = (input: RePoInput, options: RePoOnlineOptions = {}): RePoOnlineFit => {
  const { alpha = 0.1, batchSize = 64, initialReliability = 0.9 } = options
  check(input, { alpha, batchSize, initialReliability })
  const { annotator, nAnnotators, pModel } = input
  const reliability = new Float64Array(nAnnotators).fill(initialReliability)
  const nLabels = new Int32Array(nAnnotators)
  const labelProb = new Float64Array(pModel.length)
  const sum = new Float64Array(nAnnotators)
  const count = new Int32Array(nAnnotators)
  for (let from = 0; from < pModel.length; from += batchSize) {
    const to = Math.min(from + batchSize, pModel.length)
    for (let i = from; i < to; i++) {
      const k = annotator[i]!
      const p = pModel[i]!
      const r = reliability[k]!
      const density = 1 - r + (2 * r - 1) * p
      labelProb[i] = density === 0 ? 0.5 : (p * r) / density
      sum[k]! += labelProb[i]!
      count[k]!++
    }
    for (let i = from; i < to; i++) {
      const k = annotator[i]!
      if (count[k] === 0) continue
      reliability[k] = (1 - alpha) * reliability[k]! + (alpha * sum[k]!) / count[k]!
      nLabels[k]! += count[k]!
      sum[k] = 0
      count[k] = 0
    }
  }
  return { labelProb, reliability, nLabels }
}

const check = (input: RePoInput, { alpha, batchSize, initialReliability }: Required<RePoOnlineOptions>): void => {
  const action = "Cannot follow reliabilities"
  checkLabels(action, input)
  if (!(initialReliability > 0 && initialReliability < 1)) {
    throw new RangeError(`${action}: found initialReliability ${initialReliability}, expected between 0 and 1`)
  }
  if (!(alpha > 0 && alpha <= 1)) {
    throw new RangeError(`${action}: found alpha ${alpha}, expected above 0 and at most 1`)
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`${action}: found batchSize ${batchSize}, expected a positive integer`)
  }
}

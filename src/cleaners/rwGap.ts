import { checkColumns, type Flags } from "./Flags.ts"
import { type Amount, lowestFraction } from "./lowestFraction.ts"

/** Input of `rwGap`. */
export interface RwGapInput {
  /** N×M, row by row: per model, reward of the chosen response less that of the rejected one; NaN is missing. */
  readonly gaps: Float64Array
  /** M, at least 1. */
  readonly nModels: number
  /** N ids that break ties. */
  readonly rowId: ReadonlyArray<string>
}

/** Result of `rwGap`. */
export interface RwGapFlags extends Flags {
  /** Per row, how far the models disagree: standard deviation of the gaps over M - 1; NaN below two gaps. */
  readonly spread: Float64Array
}

/**
 * Flags the rows with the lowest mean reward gap over several models: RwGap of PrefCleanBench.
 *
 * The benchmark takes the implicit reward of models trained with DPO on the same data, the change of the response's
 * log-probability against the reference model, without beta. The mean is signed, over the models that have a gap, and is
 * the score; NaN without any. The models should differ in seed or data, else their number says nothing; models trained on
 * the very rows they judge have learnt their noise. A low mean is a suspect label, a mean near 0 or a large spread an
 * uncertain one. `amount` is counted as in `lowestFraction`; the benchmark uses fractions of 0.1 to 0.4. Time O(N (M + log
 * N)). Throws a RangeError on unequal lengths or a bad amount.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; Wang et al. 2024, https://arxiv.org/abs/2401.06080
 */
export const rwGap = ({ gaps, nModels, rowId }: RwGapInput, amount: Amount): RwGapFlags => {
  checkColumns("Cannot flag by reward gaps", rowId.length, { gaps }, nModels)
  const score = new Float64Array(rowId.length)
  const spread = new Float64Array(rowId.length).fill(Number.NaN)
  for (let i = 0; i < rowId.length; i++) {
    const present = gaps.subarray(i * nModels, (i + 1) * nModels).filter((gap) => !Number.isNaN(gap))
    const mean = present.reduce((sum, gap) => sum + gap, 0) / present.length
    score[i] = mean
    if (present.length < 2) continue
    spread[i] = Math.sqrt(present.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (present.length - 1))
  }
  return { score, flagged: lowestFraction(score, rowId, amount), spread }
}

import { mean } from "./mean.ts"

/**
 * Blends what an ensemble says with its worst case: `alpha * nominal + (1 - alpha) * least`.
 *
 * `alpha` is from 0, the worst case alone, to 1. The nominal value is that of the member with the smallest `spreads` (the first of
 * several), which is how sure each says it is; without spreads it is the mean. NaN without values. Throws a RangeError on an
 * alpha out of range and on spreads of another number.
 *
 * Source: Yan et al. 2024, Reward-Robust RLHF in LLMs, https://arxiv.org/abs/2409.15360; the mean is ours, for ensembles that
 * state no spread
 */
export const worstCaseBlend = (
  values: ReadonlyArray<number>,
  alpha: number,
  spreads?: ReadonlyArray<number>
): number => {
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new RangeError(`Cannot blend with the worst case: found alpha ${alpha}, expected a number from 0 to 1`)
  }
  if (spreads !== undefined && spreads.length !== values.length) {
    throw new RangeError(
      `Cannot blend with the worst case: found ${spreads.length} spreads for ${values.length} values, expected as many`
    )
  }
  if (values.length === 0) return Number.NaN
  const nominal = spreads === undefined ? mean(values) : values[spreads.indexOf(Math.min(...spreads))]!
  return alpha * nominal + (1 - alpha) * Math.min(...values)
}

/** The axis that decides: its index and its scaled gap. */
export interface Dominant {
  readonly index: number
  /** The gap divided by the variance of the axis. */
  readonly gap: number
}

/**
 * Finds the axis whose gap, divided by the variance of that axis over the data, is the largest in absolute value.
 *
 * Without scaling the noisiest axis would decide most often. An axis without variance says nothing, and neither does one with
 * gap NaN; of equal gaps the first decides. Null where nothing says anything, or all gaps are 0. Throws a RangeError on another
 * number of variances.
 *
 * Source: SALMON, https://arxiv.org/abs/2310.05910; the released code divides by the variance, not by the standard deviation
 */
export const dominantAxis = (gaps: ReadonlyArray<number>, variances: ReadonlyArray<number>): Dominant | null => {
  if (gaps.length !== variances.length) {
    throw new RangeError(
      `Cannot find the dominant axis: found ${variances.length} variances for ${gaps.length} gaps, expected as many`
    )
  }
  let dominant: Dominant | null = null
  for (const [index, raw] of gaps.entries()) {
    const gap = raw / variances[index]!
    if (variances[index]! > 0 && Math.abs(gap) > Math.abs(dominant?.gap ?? 0)) dominant = { index, gap }
  }
  return dominant
}

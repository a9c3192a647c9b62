/**
 * Computes the Wilson score interval for a share observed as `nSuccesses` out of `nTrials`.
 *
 * Bounds are in [0, 1] and contain the observed share. `z` is the normal quantile, 1.96 by default for 95 %. Without
 * trials nothing is known and the interval is [0, 1]. Throws a RangeError unless 0 <= nSuccesses <= nTrials.
 *
 * Source: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
 */
export const wilson = (
  nSuccesses: number,
  nTrials: number,
  z = 1.959963984540054
): { readonly lower: number; readonly upper: number } => {
  if (!(nSuccesses >= 0 && nSuccesses <= nTrials)) {
    throw new RangeError(
      `Cannot compute an interval: found ${nSuccesses} successes in ${nTrials} trials, expected 0 to ${nTrials}`
    )
  }
  if (nTrials === 0) return { lower: 0, upper: 1 }
  const share = nSuccesses / nTrials
  const spread = (z * z) / nTrials
  const centre = share + spread / 2
  const half = Math.sqrt(spread * (share * (1 - share) + spread / 4))
  // At the two ends one bound is exact; rounding would move it.
  return {
    lower: nSuccesses === 0 ? 0 : (centre - half) / (1 + spread),
    upper: nSuccesses === nTrials ? 1 : (centre + half) / (1 + spread)
  }
}

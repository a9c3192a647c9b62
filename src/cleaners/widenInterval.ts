/** A share with the ends of its 95 % interval, all in [0, 1]. */
export interface ShareInterval {
  readonly estimate: number
  readonly lower: number
  readonly upper: number
}

/**
 * Widens a 95 % interval by an independent error with this standard error, and cuts it at 0 and 1.
 *
 * Each side grows by the square root of the sum of squares, so an interval that is not symmetric stays so. The estimate stays
 * where it is; a standard error of 0 changes nothing.
 *
 * Source: delta method for independent errors; quantile 1.96 of the normal distribution.
 */
export const widenInterval = ({ estimate, lower, upper }: ShareInterval, standardError: number): ShareInterval => {
  const half = 1.959963984540054 * standardError
  return {
    estimate,
    lower: Math.max(0, estimate - Math.hypot(estimate - lower, half)),
    upper: Math.min(1, estimate + Math.hypot(upper - estimate, half))
  }
}

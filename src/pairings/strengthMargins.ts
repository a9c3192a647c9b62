/** Options of `strengthMargins`. */
export interface StrengthMarginsOptions {
  /** Margin per logit of strength, above 0. Default 1. */
  readonly scale?: number
  /** Largest margin, above 0; larger ones are cut to it. Default none. */
  readonly most?: number
}

/**
 * Turns strengths of preferences into margins for a trainer: `min(most, scale (g - min g))`.
 *
 * So the weakest preference has margin 0 and none is negative; the unit is the logit of "is the stronger preference" times
 * `scale`, which a trainer that adds margins to reward gaps reads in its own unit, so the scale is a choice and no result. NaN
 * stays NaN. Only strengths of one component may be given together. Throws a RangeError unless `scale` and `most` are above 0.
 */
export const strengthMargins = (strength: Float64Array, options: StrengthMarginsOptions = {}): Float64Array => {
  const { most = Number.POSITIVE_INFINITY, scale = 1 } = options
  for (const [name, value] of Object.entries({ scale, most })) {
    if (!(value > 0)) throw new RangeError(`Cannot make margins: found ${name} ${value}, expected a number above 0`)
  }
  const least = strength.reduce((min, g) => (g < min ? g : min), Number.POSITIVE_INFINITY)
  return strength.map((g) => Math.min(most, scale * (g - least)))
}

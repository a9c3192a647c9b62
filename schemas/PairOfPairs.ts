import * as Schema from "effect/Schema"

const Side = Schema.Struct({
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  margin: Schema.Finite
})

/**
 * Columns of a preference over preferences: which of two pairs shows the stronger preference.
 *
 * `tie` rows (kept only on request) have margins within the tolerance; their sides carry no meaning. `flipped` marks a label
 * that was turned round on purpose.
 */
export const PairOfPairs = {
  id: Schema.String,
  strong: Side,
  weak: Side,
  sampler: Schema.String,
  labelSource: Schema.String,
  tie: Schema.Boolean,
  flipped: Schema.Boolean
} as const

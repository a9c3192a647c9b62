import * as Schema from "effect/Schema"

const Side = Schema.Struct({
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  margin: Schema.NullOr(Schema.Finite)
})

/**
 * Columns of a preference over preferences: which of two pairs shows the stronger preference.
 *
 * `labelSource` says what decided: the column whose numbers were compared, an annotator, or "none" while nobody did. `margin` of a
 * side is that number, null without one. `tie` rows (kept only on request) are as strong as each other or not labelled; their sides
 * carry no meaning. `flipped` marks a label that was turned round on purpose.
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

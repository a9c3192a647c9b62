import * as Schema from "effect/Schema"

/**
 * One comparison as a cleaner sees it: an annotator recorded that `betterId` beats `worseId`.
 *
 * `pModel` is the scorer's calibrated probability of that order and `labelProb` the posterior probability that it is right;
 * both are in [0, 1] and speak of the order as recorded, before treatment. A flipped label has `flipped` true and already
 * names the other candidate as better, with `labelProb` unchanged. `weight` is what the label counts for from here on.
 */
export const Label = Schema.Struct({
  annotator: Schema.String,
  betterId: Schema.String,
  worseId: Schema.String,
  pModel: Schema.Finite,
  labelProb: Schema.Finite,
  flagged: Schema.Boolean,
  flipped: Schema.Boolean,
  weight: Schema.Finite
})
export type Label = typeof Label.Type

/** The column of cleaned labels about a prompt's candidates. */
export const Labels = { labels: Schema.Array(Label) } as const

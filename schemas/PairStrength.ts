import * as Schema from "effect/Schema"

/**
 * Columns of a preference pair whose strength was estimated from comparisons with other pairs.
 *
 * `strength` and `strengthError` are in logits, from the mean of the split; `margin` is the strength from the weakest of
 * the split, scaled and cut as the stage was told. `nCompared` counts the comparisons the pair was part of.
 */
export const PairStrength = {
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  margin: Schema.Finite,
  strength: Schema.Finite,
  strengthError: Schema.Finite,
  nCompared: Schema.Int,
  split: Schema.String
} as const

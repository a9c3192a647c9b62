import * as Schema from "effect/Schema"

/**
 * Columns of a ranked list: the responses to one prompt from the best to the worst.
 *
 * `rank` rises from 1 without gaps and is equal where scores are. `nRanks` counts different scores. Each text is there once.
 */
export const Ranked = {
  id: Schema.String,
  prompt: Schema.String,
  responses: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      text: Schema.String,
      model: Schema.String,
      score: Schema.Finite,
      rank: Schema.Int
    })
  ),
  nRanks: Schema.Int
} as const

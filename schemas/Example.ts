import * as Schema from "effect/Schema"

/**
 * Columns of an example for supervised fine-tuning, `prompt` and `completion` as trainers read them.
 *
 * `model` is who wrote the completion and `score` what it was given; both are null where nothing is known.
 */
export const Example = {
  id: Schema.String,
  promptId: Schema.String,
  prompt: Schema.String,
  completion: Schema.String,
  model: Schema.NullOr(Schema.String),
  score: Schema.NullOr(Schema.Finite)
} as const

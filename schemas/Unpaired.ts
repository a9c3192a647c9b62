import * as Schema from "effect/Schema"

/**
 * Columns of an unpaired label: one completion, and whether it is wanted.
 *
 * `rule` says what made the label. `score` is null where nothing was said about the completion. `errorType` is set when an error
 * was put into the completion on purpose. `plantedQuality` (0 to 1) is known for simulated models only.
 */
export const Unpaired = {
  id: Schema.String,
  promptId: Schema.String,
  prompt: Schema.String,
  completion: Schema.String,
  label: Schema.Boolean,
  completionId: Schema.String,
  model: Schema.String,
  score: Schema.NullOr(Schema.Finite),
  rule: Schema.String,
  errorType: Schema.NullOr(Schema.String),
  plantedQuality: Schema.NullOr(Schema.Finite)
} as const

import * as Schema from "effect/Schema"

/**
 * Columns of a preference pair, `prompt`, `chosen` and `rejected` as trainers read them.
 *
 * `margin` is the distance of the two scores. `labelProb` is the posterior probability that the order is right, from every
 * label about exactly these two candidates; null when there is none. `sharedPlace` marks a pair whose place in the rule's order
 * others had the same claim to. `chosenFirst` says, drawn with equal chances, which text comes first where both are shown. `errorType` is set when the rejected text is the chosen
 * one with an injected error. `plantedCorrect` is known for simulated models only.
 */
export const Pair = {
  id: Schema.String,
  promptId: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  chosenId: Schema.String,
  rejectedId: Schema.String,
  chosenModel: Schema.String,
  rejectedModel: Schema.String,
  scoreChosen: Schema.NullOr(Schema.Finite),
  scoreRejected: Schema.NullOr(Schema.Finite),
  margin: Schema.NullOr(Schema.Finite),
  rule: Schema.String,
  sharedPlace: Schema.Boolean,
  chosenFirst: Schema.Boolean,
  errorType: Schema.NullOr(Schema.String),
  labelProb: Schema.NullOr(Schema.Finite),
  nLabels: Schema.Int,
  plantedCorrect: Schema.NullOr(Schema.Boolean)
} as const

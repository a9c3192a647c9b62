import * as Schema from "effect/Schema"

/**
 * Columns of a context-side pair: one response that fits one prompt better than another.
 *
 * What is chosen and rejected is the prompt; the response is the same. `scoreChosen` and `scoreRejected` are the response's mean
 * ratings under the two prompts, null where it was not rated there, and `margin` is their difference. With no rating under the other
 * prompt the order rests on the response having been written for the chosen prompt.
 */
export const ContextPair = {
  id: Schema.String,
  response: Schema.String,
  responseId: Schema.String,
  model: Schema.String,
  chosenPromptId: Schema.String,
  chosenPrompt: Schema.String,
  rejectedPromptId: Schema.String,
  rejectedPrompt: Schema.String,
  scoreChosen: Schema.NullOr(Schema.Finite),
  scoreRejected: Schema.NullOr(Schema.Finite),
  margin: Schema.NullOr(Schema.Finite)
} as const

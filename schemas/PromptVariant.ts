import * as Schema from "effect/Schema"

/** Another version of a prompt, and what made it. */
export const PromptVariant = Schema.Struct({
  id: Schema.String,
  prompt: Schema.String,
  operation: Schema.String
})
export type PromptVariant = typeof PromptVariant.Type

/** The column of other versions of a prompt. */
export const PromptVariants = { promptVariants: Schema.Array(PromptVariant) } as const

/** Where a prompt came from: the prompt it was made of and how, both null for one that was there at the start. */
export const PromptOrigin = {
  parentPromptId: Schema.NullOr(Schema.String),
  promptOperation: Schema.NullOr(Schema.String)
} as const

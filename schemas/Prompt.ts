import * as Schema from "effect/Schema"

/** Columns of a prompt: what a pipeline starts from. `reference` is a short checkable answer, null for open tasks. */
export const Prompt = {
  id: Schema.String,
  domain: Schema.NullOr(Schema.String),
  prompt: Schema.String,
  reference: Schema.NullOr(Schema.String)
} as const

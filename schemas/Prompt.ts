import * as Schema from "effect/Schema"

/**
 * Columns of a prompt: what a pipeline starts from. `reference` is a short checkable answer, null for open tasks.
 *
 * Data without ids take the columns they have, such as `{ prompt: Schema.String }`, and the stage `identify` of these behind the source, which makes
 * ids of what the rows hold.
 */
export const Prompt = {
  id: Schema.String,
  domain: Schema.NullOr(Schema.String),
  prompt: Schema.String,
  reference: Schema.NullOr(Schema.String)
} as const

import * as Schema from "effect/Schema"

/** A call of a tool inside a message; `arguments` is JSON text, whatever form the file had. */
export const ToolCall = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  name: Schema.String,
  arguments: Schema.String
})
export type ToolCall = typeof ToolCall.Type

/** One message of a conversation; `content` is null only where a message is all tool calls. */
export const PreferenceMessage = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant", "tool"]),
  content: Schema.NullOr(Schema.String),
  toolCalls: Schema.Array(ToolCall),
  name: Schema.NullOr(Schema.String),
  toolCallId: Schema.NullOr(Schema.String)
})
export type PreferenceMessage = typeof PreferenceMessage.Type

/**
 * A reply, or a step of one, with what is known of it.
 *
 * `rank` counts from 0, the best; equal ranks are a tie. `label` says whether it is wanted at all. `refLogProb` is the summed
 * log-probability of its tokens under a reference model, in nats. A candidate known by its model alone has no messages.
 */
export const PreferenceCandidate = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  model: Schema.NullOr(Schema.String),
  messages: Schema.Array(PreferenceMessage),
  score: Schema.NullOr(Schema.Finite),
  rank: Schema.NullOr(Schema.Int),
  label: Schema.NullOr(Schema.Boolean),
  refLogProb: Schema.NullOr(Schema.Finite)
})
export type PreferenceCandidate = typeof PreferenceCandidate.Type

/**
 * Columns of the canonical record of preference data, which every format is read into and written from.
 *
 * A `pair` has two candidates, a `ranked` list two or more, both with ranks where the order is known; `unpaired` has one with a label,
 * `stepwise` its steps in order, `prompt` none. `style` says whether the file had plain texts or messages: a plain prompt is one
 * message of the user, a plain reply one of the assistant. `tools` is JSON text. `winner` of a vote is the index of a candidate,
 * null for a tie.
 */
export const Preference = {
  id: Schema.NullOr(Schema.String),
  kind: Schema.Literals(["pair", "ranked", "unpaired", "prompt", "stepwise"]),
  style: Schema.Literals(["text", "messages"]),
  context: Schema.Array(PreferenceMessage),
  tools: Schema.NullOr(Schema.String),
  candidates: Schema.Array(PreferenceCandidate),
  margin: Schema.NullOr(Schema.Finite),
  votes: Schema.Array(Schema.Struct({ annotator: Schema.NullOr(Schema.String), winner: Schema.NullOr(Schema.Int) }))
} as const

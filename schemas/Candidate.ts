import * as Schema from "effect/Schema"

/** What made the model stop; `length` means cut off at the token limit. */
export const FinishReason = Schema.Literals(["stop", "length", "contentFilter", "refusal", "other"])

/** An error that was put into a text on purpose: its type, who was asked, and how the text changed. */
export const Injection = Schema.Struct({
  errorType: Schema.String,
  injector: Schema.String,
  /** Share of words that survived, in order, 0 to 1. */
  similarity: Schema.Finite,
  /** Characters after, divided by characters before; white space normalised. */
  lengthRatio: Schema.Finite
})

/**
 * One response to a prompt.
 *
 * A derived candidate names its parent. `plantedQuality` (0 to 1) is known only where a simulated model made the text, and
 * is null everywhere else; no stage reads it except to hold results against it.
 */
export const Candidate = Schema.Struct({
  id: Schema.String,
  text: Schema.String,
  model: Schema.String,
  persona: Schema.NullOr(Schema.String),
  sampleIndex: Schema.Int,
  finishReason: FinishReason,
  parentId: Schema.NullOr(Schema.String),
  injection: Schema.NullOr(Injection),
  plantedQuality: Schema.NullOr(Schema.Finite)
})
export type Candidate = typeof Candidate.Type

/** The column of a prompt's candidates. */
export const Candidates = { candidates: Schema.Array(Candidate) } as const

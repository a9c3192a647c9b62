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

/** A number that is known of a text, such as its entropy, its tool calls or its tokens. */
export const Feature = Schema.Struct({ name: Schema.String, value: Schema.Finite })
export type Feature = typeof Feature.Type

/**
 * One response to a prompt.
 *
 * `kind` says what the text is: "answer" for an ordinary one, else for instance "thought", "decomposition" or "trace". A derived
 * candidate names its parent, the `operation` that made it (for instance "inject", "refine", "insert", "continue") and how many
 * characters at the start it has in common with the parent (`sharedPrefix`, UTF-16 code units); all three are null for an
 * original. `tier` is the rank known from how a text was made, 1 the best, null where nothing is known. `features` has each name at
 * most once. `plantedQuality` (0 to 1) is known only where a simulated model made the text, and is null everywhere else; no stage
 * reads it except to hold results against it.
 */
export const Candidate = Schema.Struct({
  id: Schema.String,
  text: Schema.String,
  kind: Schema.String,
  model: Schema.String,
  persona: Schema.NullOr(Schema.String),
  sampleIndex: Schema.Int,
  finishReason: FinishReason,
  parentId: Schema.NullOr(Schema.String),
  operation: Schema.NullOr(Schema.String),
  sharedPrefix: Schema.NullOr(Schema.Int),
  injection: Schema.NullOr(Injection),
  tier: Schema.NullOr(Schema.Int),
  features: Schema.Array(Feature),
  plantedQuality: Schema.NullOr(Schema.Finite)
})
export type Candidate = typeof Candidate.Type

/** What a candidate has that is an ordinary answer, derived from nothing, and of which nothing more is known. */
export const originalAnswer = {
  kind: "answer",
  persona: null,
  sampleIndex: 0,
  finishReason: "stop",
  parentId: null,
  operation: null,
  sharedPrefix: null,
  injection: null,
  tier: null,
  features: [],
  plantedQuality: null
} as const satisfies Partial<Candidate>

/** The column of a prompt's candidates. */
export const Candidates = { candidates: Schema.Array(Candidate) } as const

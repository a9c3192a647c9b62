import * as Schema from "effect/Schema"
import { Feature } from "./Candidate.ts"

/**
 * A piece of a candidate's text: characters `start` (inclusive) to `end` (exclusive), in UTF-16 code units.
 *
 * `index` counts the spans of one candidate from 0, in the order of the text, so candidate and index together address a span.
 * `kind` is what the splitter says it is ("sentence", "step", "toolCall", …). `features` has each name at most once; a number that is
 * not known is not there.
 */
export const Span = Schema.Struct({
  candidateId: Schema.String,
  index: Schema.Int,
  start: Schema.Int,
  end: Schema.Int,
  kind: Schema.String,
  features: Schema.Array(Feature)
})
export type Span = typeof Span.Type

/** The column of the pieces of a prompt's candidates. */
export const Spans = { spans: Schema.Array(Span) } as const

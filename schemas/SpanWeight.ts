import * as Schema from "effect/Schema"

/**
 * How much a piece of a text counts in training: characters `start` (inclusive) to `end` (exclusive), in UTF-16 code units.
 *
 * What a weight means is the trainer's affair: a factor on the loss of the tokens in the span, a share of blame, a mask of 0 and 1.
 */
export const SpanWeight = Schema.Struct({ start: Schema.Int, end: Schema.Int, weight: Schema.Finite })
export type SpanWeight = typeof SpanWeight.Type

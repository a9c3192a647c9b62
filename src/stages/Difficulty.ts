import * as Schema from "effect/Schema"
import type { RowOf } from "../Stage.ts"

/**
 * How hard a row is to learn from, as a named pure function of some of its columns; more is harder.
 *
 * Null, NaN and infinities mean that it cannot be told.
 */
export interface Difficulty<N extends Schema.Struct.Fields> {
  readonly name: string
  readonly needs: N
  readonly of: (row: RowOf<N>) => number | null
}

/** Makes a difficulty of one's own: `Difficulty.make("steps", { nSteps: Schema.Int }, (row) => row.nSteps)`. */
export const make = <N extends Schema.Struct.Fields>(
  name: string,
  needs: N,
  of: (row: RowOf<N>) => number | null
): Difficulty<N> => ({ name, needs, of })

/** Pairs whose responses are close are hard: minus the distance of the scores, in their unit. */
export const closeMargin = make("closeMargin", { margin: Schema.NullOr(Schema.Finite) }, ({ margin }) =>
  margin === null ? null : -Math.abs(margin)
)

/** Pairs whose order is doubtful are hard: the probability that it is wrong, in [0, 1]. */
export const doubtfulLabel = make("doubtfulLabel", { labelProb: Schema.NullOr(Schema.Finite) }, ({ labelProb }) =>
  labelProb === null ? null : 1 - labelProb
)

/** Long rows are hard: UTF-16 units of prompt, chosen and rejected. */
export const textLength = make(
  "textLength",
  { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String },
  ({ chosen, prompt, rejected }) => prompt.length + chosen.length + rejected.length
)

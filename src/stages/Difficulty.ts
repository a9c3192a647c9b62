import * as Schema from "effect/Schema"
import { Judgments } from "../../schemas/Judgment.ts"
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

/** Pairs whose label nobody can be sure of: minus the distance of its probability from 1/2, 0 where both orders are as likely. */
export const unsureLabel = make("unsureLabel", { labelProb: Schema.NullOr(Schema.Finite) }, ({ labelProb }) =>
  labelProb === null ? null : 0 - Math.abs(labelProb - 0.5)
)

/**
 * Prompts on whose candidates judges disagree: the share of verdicts that contradict the majority on their two candidates, 0 where all agree to
 * 1/2 where they are evenly divided.
 *
 * All axes and both orders count together, and a tie is half a verdict on either side. Null where no two candidates were compared twice.
 */
export const disagreement = make("disagreement", Judgments, ({ judgments }) => {
  const verdicts = new Map<string, { n: number; sum: number }>()
  for (const { firstId, secondId, verdict } of judgments) {
    if (secondId === null || (verdict !== "first" && verdict !== "second" && verdict !== "tie")) continue
    const isInOrder = firstId < secondId
    const key = JSON.stringify(isInOrder ? [firstId, secondId] : [secondId, firstId])
    const { n, sum } = verdicts.get(key) ?? { n: 0, sum: 0 }
    verdicts.set(key, { n: n + 1, sum: sum + (verdict === "tie" ? 0.5 : Number((verdict === "first") === isInOrder)) })
  }
  const several = [...verdicts.values()].filter(({ n }) => n > 1)
  if (several.length === 0) return null
  const nVerdicts = several.reduce((total, { n }) => total + n, 0)
  return several.reduce((total, { n, sum }) => total + Math.min(sum, n - sum), 0) / nVerdicts
})

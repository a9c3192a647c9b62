import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import type { RowOf } from "../../src/Stage.ts"

export const comparisonFields = { ...PairOfPairs, split: Schema.String }
export type Comparison = RowOf<typeof comparisonFields>

/** The pair of a name, as a side of a comparison. */
export const sideOf = (name: string, margin: number | null = null) => ({
  id: name,
  prompt: `question ${name}`,
  chosen: `good ${name}`,
  rejected: `bad ${name}`,
  margin
})

/** The comparison in which the first pair is stronger than the second. */
export const comparisonOf = (strong: string, weak: string, more: Partial<Comparison> = {}): Comparison => ({
  id: `${strong}>${weak}`,
  strong: sideOf(strong),
  weak: sideOf(weak),
  sampler: "random(1)",
  labelSource: "margin",
  tie: false,
  flipped: false,
  split: "train",
  ...more
})

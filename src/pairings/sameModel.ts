import type { PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/** Options of `sameModel`. */
export interface SameModelOptions {
  /** Least difference of the two scores, included; default any difference. */
  readonly gap?: number
  /** Most pairs from each model in one prompt; default 1. */
  readonly maxPairs?: number
  /** What happens to pairs with the same claim to the last places; default none of them is taken. */
  readonly tie?: "drop" | "keep" | "random"
}

/** Two originals of one model with different scores, widest margins first: who wrote it cannot be learned from these pairs. */
export const sameModel = ({ gap, maxPairs = 1, tie = "drop" }: SameModelOptions = {}): PairRule => ({
  rule: "sameModel",
  wants: "two originals of one model with different scores",
  chosen: { where: [Term.isOriginal] },
  rejected: {
    where: [
      Term.isOriginal,
      Term.sameAsChosen(Term.model),
      gap === undefined ? Term.above(Term.margin, 0) : Term.atLeast(Term.margin, gap)
    ]
  },
  order: [Term.highest(Term.margin)],
  per: Term.model,
  most: maxPairs,
  tie
})

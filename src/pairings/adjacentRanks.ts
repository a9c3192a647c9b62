import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Every original against those one rank below it, from the best ranks down; candidates with one score share a rank and make no pair. */
export const adjacentRanks = (options: RuleOptions = {}): PairRule => ({
  rule: "adjacentRanks",
  wants: "two originals with different scores",
  chosen: { where: [Term.isOriginal], order: [Term.lowest(rank)] },
  rejected: {
    where: [
      Term.test("one rank below", (candidate, chosen) => candidate.rank !== null && candidate.rank - 1 === chosen.rank)
    ]
  },
  ...places(options)
})

const rank = Term.quantity("rank", (candidate) => candidate.rank)

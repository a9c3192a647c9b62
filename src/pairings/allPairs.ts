import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Every two originals with different scores, widest margins first; n candidates give up to n(n − 1)/2 pairs. */
export const allPairs = (options: RuleOptions = {}): PairRule => ({
  rule: "allPairs",
  wants: "two originals with different scores",
  chosen: { where: [Term.isOriginal] },
  rejected: { where: [Term.isOriginal, Term.lessThanChosen(Term.score)] },
  order: [Term.highest(Term.margin)],
  ...places(options)
})

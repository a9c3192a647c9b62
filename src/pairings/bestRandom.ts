import { type OnePlaceOptions, tooFew } from "./bestWorst.ts"
import type { PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/** The original candidate with the highest score against one that is drawn from the originals that score less. */
export const bestRandom = ({ tie = "drop" }: OnePlaceOptions = {}): PairRule => ({
  rule: "bestRandom",
  wants: "two originals with different scores",
  chosen: { where: [Term.isBest] },
  rejected: { where: [Term.isOriginal, Term.lessThanChosen(Term.score)], order: [Term.drawn] },
  most: 1,
  tie,
  explain: tooFew
})

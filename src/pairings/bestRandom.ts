import { type OnePlaceOptions, sharedEnd, tooFew } from "./bestWorst.ts"
import type { PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/**
 * The original candidate with the highest score against one that is drawn from the originals that score less.
 *
 * `tie` decides where several share the highest score; "keep" sets them all against the same drawn one. Which of the others it is was
 * drawn anyway and makes no tie.
 */
export const bestRandom = ({ tie = "drop" }: OnePlaceOptions = {}): PairRule => ({
  rule: "bestRandom",
  wants: "two originals with different scores",
  chosen: { where: [Term.isBest] },
  rejected: { where: [Term.isOriginal, Term.lessThanChosen(Term.score)], order: [Term.drawnAlone] },
  most: 1,
  tie,
  explain: (candidates) => tooFew(candidates) ?? (tie === "drop" ? sharedEnd(candidates, "best") : null)
})

import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Options of `byTier`. */
export interface ByTierOptions extends RuleOptions {
  /**
   * The tier of a candidate, low for good; default the one it was given when it was made. For instance
   * `Term.placeIn(Term.model, ["large", "small"])`. Candidates without a tier are left out.
   */
  readonly tier?: Term.Quantity
  /** Against which tiers a candidate stands: the one whose number is the next (default), or every worse one. */
  readonly against?: "next" | "every"
}

/**
 * Each original of a better tier against those of a worse one: the order is known by how the candidates were made. Scores do
 * not decide, and within a tier there is no pair.
 */
export const byTier = (options: ByTierOptions = {}): PairRule => {
  const { against = "next", tier = Term.tier } = options
  const nextTier = Term.test(`${tier.name} next to the chosen`, (candidate, chosen, draw) => {
    const own = tier.of(candidate, chosen, draw)
    return own !== null && own - 1 === tier.of(chosen, chosen, draw)
  })
  return {
    rule: "byTier",
    wants: `originals of two tiers by ${tier.name}`,
    chosen: { where: [Term.isOriginal], order: [Term.lowest(tier)] },
    rejected: {
      where: [Term.isOriginal, against === "next" ? nextTier : Term.moreThanChosen(tier)],
      order: [Term.lowest(tier)]
    },
    ...places(options)
  }
}

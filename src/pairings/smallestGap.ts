import type { OnePlaceOptions } from "./bestWorst.ts"
import { minGap } from "./minGap.ts"
import type { PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/** The two originals with the smallest difference of scores that is at least `gap`: hard pairs, but told apart. */
export const smallestGap = (options: OnePlaceOptions & { readonly gap: number }): PairRule => ({
  ...minGap({ gap: options.gap }),
  rule: "smallestGap",
  order: [Term.lowest(Term.margin)],
  most: 1,
  tie: options.tie ?? "drop"
})

import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Options of `minGap`. */
export interface MinGapOptions extends RuleOptions {
  /** Least difference of the two scores, included; above 0. */
  readonly gap: number
}

/** Every two originals whose scores are at least `gap` apart, widest margins first. Throws a RangeError unless `gap > 0`. */
export const minGap = (options: MinGapOptions): PairRule => {
  const { gap } = options
  if (!(gap > 0)) throw new RangeError(`Cannot pair by gap: found gap ${gap}, expected a number above 0`)
  return {
    rule: "minGap",
    wants: `two originals whose scores are ${gap} or more apart`,
    chosen: { where: [Term.isOriginal] },
    rejected: { where: [Term.isOriginal, Term.atLeast(Term.margin, gap)] },
    order: [Term.highest(Term.margin)],
    ...places(options)
  }
}

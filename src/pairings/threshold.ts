import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Options of `threshold`. */
export interface ThresholdOptions extends RuleOptions {
  /** Lowest score of a chosen candidate, included. */
  readonly high: number
  /** Highest score of a rejected candidate, included; below `high`. */
  readonly low: number
}

/**
 * Every candidate that scores at least `high` against every one that scores at most `low`, injected errors among them, widest
 * margins first. Throws a RangeError unless `high > low`.
 */
export const threshold = (options: ThresholdOptions): PairRule => {
  const { high, low } = options
  if (!(high > low)) {
    throw new RangeError(`Cannot pair by thresholds: found high ${high} and low ${low}, expected high above low`)
  }
  return {
    rule: "threshold",
    wants: `a candidate at ${high} or more beside one at ${low} or less`,
    chosen: { where: [Term.atLeast(Term.score, high)] },
    rejected: { where: [Term.atMost(Term.score, low)] },
    order: [Term.highest(Term.margin)],
    ...places(options)
  }
}

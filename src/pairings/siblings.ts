import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Options of `siblings`. */
export interface SiblingsOptions extends RuleOptions {
  /** Whether the most similar texts come first (default), so that little else than quality differs, or the least similar. */
  readonly first?: "similar" | "different"
  /** Least difference of the two scores, included; default any difference. */
  readonly gap?: number
  /** Least similarity of the two texts, 0 to 1; see `textSimilarity`. Default 0. */
  readonly minSimilarity?: number
}

/**
 * Two originals with different scores by how similar their texts are; at most one pair of a prompt unless `maxPairs` says more.
 *
 * Compares the texts of every two originals that are far enough apart. Near identical ones are refused as by every rule.
 */
export const siblings = (options: SiblingsOptions = {}): PairRule => {
  const { first = "similar", gap, maxPairs = 1, minSimilarity = 0 } = options
  const apart = gap === undefined ? Term.above(Term.margin, 0) : Term.atLeast(Term.margin, gap)
  return {
    rule: "siblings",
    wants: `two originals with different scores and a similarity of at least ${minSimilarity}`,
    chosen: { where: [Term.isOriginal] },
    rejected: { where: [Term.isOriginal, apart, Term.atLeast(Term.similarity, minSimilarity)] },
    order: [first === "similar" ? Term.highest(Term.similarity) : Term.lowest(Term.similarity)],
    ...places({ ...options, maxPairs })
  }
}

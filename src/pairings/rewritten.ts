import { orphans } from "./injected.ts"
import type { PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/** Options of `rewritten`. */
export interface RewrittenOptions {
  /**
   * What the rewriting was meant to do: "better" chooses the rewritten text, "worse" the original, whatever the scores say;
   * "byScore" chooses the one that scores more, and makes no pair where they score the same or one has no score.
   */
  readonly direction: "better" | "worse" | "byScore"
  /** Only what this operation made; default every operation. */
  readonly operation?: string
}

/** Each rewritten candidate against the one it was made from; injected errors are another rule's. */
export const rewritten = ({ direction, operation }: RewrittenOptions): PairRule => {
  const isOther = Term.not(Term.anyOf(Term.isOriginal, Term.isInjected))
  const wanted = operation === undefined ? [isOther] : [isOther, Term.is(Term.operation, operation)]
  const isRewritten = Term.test(wanted.map(({ name }) => name).join(" and "), (...at) =>
    wanted.every(({ of }) => of(...at))
  )
  const oneIsTheOther = Term.test(
    `one ${isRewritten.name}, from the other`,
    (candidate, chosen, draw) =>
      (Term.isParentOfChosen.of(candidate, chosen, draw) && isRewritten.of(chosen, chosen, draw)) ||
      (Term.isChildOfChosen.of(candidate, chosen, draw) && isRewritten.of(candidate, chosen, draw))
  )
  const sides = {
    better: { chosen: [isRewritten], rejected: [Term.isParentOfChosen] },
    worse: { chosen: [], rejected: [isRewritten, Term.isChildOfChosen] },
    byScore: { chosen: [], rejected: [oneIsTheOther, Term.lessThanChosen(Term.score)] }
  }[direction]
  return {
    rule: "rewritten",
    wants: "a rewritten candidate beside the one it was made from",
    chosen: { where: sides.chosen },
    rejected: { where: sides.rejected },
    leftOver: (candidates) => orphans(candidates, isRewritten)
  }
}

import type { Contender } from "./Contender.ts"
import type { NoPair, PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/** Each candidate with an injected error, rejected, against the candidate it was made from. Scores do not decide; the margin may be negative. */
export const injected = (): PairRule => ({
  rule: "injected",
  wants: "a candidate with an injected error beside the one it was made from",
  chosen: {},
  rejected: { where: [Term.isInjected, Term.isChildOfChosen] },
  leftOver: (candidates) => orphans(candidates, Term.isInjected)
})

/** A problem for each candidate of a kind whose parent is not among the candidates. */
export const orphans = (candidates: ReadonlyArray<Contender>, kind: Term.Test): ReadonlyArray<NoPair> => {
  const ids = new Set(candidates.map(({ id }) => id))
  return candidates
    .filter((candidate) => candidate.parentId !== null && kind.of(candidate, candidate, () => 0))
    .filter(({ parentId }) => !ids.has(parentId!))
    .map(({ id, parentId }) => ({
      reason: "noParent",
      detail: `Parent "${parentId}" of "${id}" is not among the candidates`
    }))
}

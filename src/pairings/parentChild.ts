import type { CandidatePair, ScoredCandidate } from "./bestWorst.ts"

/** A candidate that may have been derived from another one. */
export interface DerivedCandidate extends ScoredCandidate {
  /** Id of the candidate it was made from by injecting an error; null for an original. */
  readonly parentId: string | null
}

/** A derived candidate that got no pair. */
export interface UnpairedChild {
  /** Index of the derived candidate. */
  readonly child: number
  readonly reason: "noParent" | "identical"
  readonly detail: string
}

/**
 * Pairs each derived candidate with the one it was made from: the original is chosen, the injected one rejected.
 *
 * Scores do not decide; the margin is there when both have one, and may be negative when a judge disagrees. Pairs come
 * in the order of the derived candidates. A child whose parent is absent ("noParent") or has the same text
 * ("identical") is returned apart. A child of a child is paired with its own parent. Time O(n).
 */
export const parentChild = (
  candidates: ReadonlyArray<DerivedCandidate>
): { readonly pairs: Array<CandidatePair>; readonly unpaired: Array<UnpairedChild> } => {
  const indexOf = new Map(candidates.map(({ id }, index) => [id, index]))
  const pairs: Array<CandidatePair> = []
  const unpaired: Array<UnpairedChild> = []
  for (const [child, { id, parentId, score, text }] of candidates.entries()) {
    if (parentId === null) continue
    const chosen = indexOf.get(parentId)
    if (chosen === undefined) {
      unpaired.push({
        child,
        reason: "noParent",
        detail: `Parent "${parentId}" of "${id}" is not among the candidates`
      })
      continue
    }
    const parent = candidates[chosen]!
    if (parent.text === text) {
      unpaired.push({ child, reason: "identical", detail: `"${id}" has the same text as its parent "${parentId}"` })
      continue
    }
    pairs.push({ chosen, rejected: child, margin: difference(parent.score, score) })
  }
  return { pairs, unpaired }
}

const difference = (a: number | null, b: number | null): number | null =>
  a === null || b === null || Number.isNaN(a - b) ? null : a - b

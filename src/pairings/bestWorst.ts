/** A candidate response to a prompt as the pairing rules see it. */
export interface ScoredCandidate {
  /** Unique among the candidates of the prompt. */
  readonly id: string
  readonly text: string
  /** Higher is better, any unit; null or NaN when there is no score. */
  readonly score: number | null
}

/** Two candidates in an order, as indices into the candidates given. */
export interface CandidatePair {
  readonly chosen: number
  readonly rejected: number
  /** Score of the chosen minus score of the rejected candidate, in units of the score; null without both scores. */
  readonly margin: number | null
}

/** Why no pair was made. */
export interface NoPair {
  readonly reason: "tie" | "identical" | "tooFew"
  /** One sentence with the numbers that decided. */
  readonly detail: string
}

/**
 * What happens when several different texts share the best or the worst score: no pair ("drop", the default), or one of
 * them with equal chances ("random").
 */
export type TiePolicy = { readonly tie?: "drop" } | { readonly tie: "random"; readonly random: () => number }

/**
 * Pairs the candidate with the highest score against the one with the lowest.
 *
 * Candidates without a score are left out; "tooFew" when less than two remain. "tie" when all scores are equal,
 * whatever the policy, or when the best or worst score is shared and the policy is "drop". Equal texts with equal
 * scores are one candidate, stood for by the smallest id. "identical" when best and worst have the same text. The order
 * of the candidates never decides. Uses at most two random draws, and only for a tie. Time O(n log n).
 */
export const bestWorst = (
  candidates: ReadonlyArray<ScoredCandidate>,
  options: TiePolicy = {}
): CandidatePair | NoPair => {
  const scored = candidates
    .map(({ id, score, text }, index) => ({ id, index, score: score ?? Number.NaN, text }))
    .filter(({ score }) => !Number.isNaN(score))
  if (scored.length < 2) {
    return { reason: "tooFew", detail: `${scored.length} of ${candidates.length} candidates have a score, expected 2` }
  }
  scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const best = scored[0]!.score
  const worst = scored.at(-1)!.score
  if (best === worst) return { reason: "tie", detail: `All ${scored.length} scores are ${best}` }
  const pick = (score: number) => {
    const texts = new Map<string, (typeof scored)[number]>()
    for (const candidate of scored) {
      if (candidate.score === score && !texts.has(candidate.text)) texts.set(candidate.text, candidate)
    }
    const different = [...texts.values()]
    if (different.length === 1) return different[0]!
    return options.tie === "random" ? different[Math.floor(options.random() * different.length)]! : different.length
  }
  const chosen = pick(best)
  const rejected = pick(worst)
  if (typeof chosen === "number") return { reason: "tie", detail: `${chosen} candidates share the best score ${best}` }
  if (typeof rejected === "number") {
    return { reason: "tie", detail: `${rejected} candidates share the worst score ${worst}` }
  }
  if (chosen.text === rejected.text) {
    return { reason: "identical", detail: `Best "${chosen.id}" and worst "${rejected.id}" have the same text` }
  }
  return { chosen: chosen.index, rejected: rejected.index, margin: best - worst }
}

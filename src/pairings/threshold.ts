import type { CandidatePair, ScoredCandidate } from "./bestWorst.ts"

/** Options of `threshold`. */
export interface ThresholdOptions {
  /** Lowest score of a chosen candidate, included. */
  readonly high: number
  /** Highest score of a rejected candidate, included; below `high`. */
  readonly low: number
  /** Most pairs from one prompt; default no limit. */
  readonly maxPairs?: number
}

/**
 * Pairs every candidate that scores at least `high` with every one that scores at most `low`.
 *
 * Pairs come with the largest margin first, equal margins by chosen id and then rejected id; the cap keeps the first
 * ones, so the order of the candidates never decides. Candidates without a score and pairs of identical texts are left
 * out. Time O(h · l · log(h · l)) for h high and l low candidates. Throws a RangeError unless `high > low`.
 */
export const threshold = (
  candidates: ReadonlyArray<ScoredCandidate>,
  options: ThresholdOptions
): Array<CandidatePair & { readonly margin: number }> => {
  const { high, low, maxPairs = Number.POSITIVE_INFINITY } = options
  if (!(high > low)) {
    throw new RangeError(`Cannot pair by thresholds: found high ${high} and low ${low}, expected high above low`)
  }
  const pairs: Array<{ readonly chosen: number; readonly rejected: number; readonly margin: number }> = []
  for (const [chosen, better] of candidates.entries()) {
    if (better.score === null || !(better.score >= high)) continue
    for (const [rejected, worse] of candidates.entries()) {
      if (worse.score === null || !(worse.score <= low) || worse.text === better.text) continue
      pairs.push({ chosen, rejected, margin: better.score - worse.score })
    }
  }
  const id = (index: number) => candidates[index]!.id
  pairs.sort(
    (a, b) => b.margin - a.margin || compare(id(a.chosen), id(b.chosen)) || compare(id(a.rejected), id(b.rejected))
  )
  return pairs.slice(0, maxPairs)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

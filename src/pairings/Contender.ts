import type { Candidate } from "../../schemas/Candidate.ts"
import * as Wording from "../math/Wording.ts"
import { rankScores } from "./rankScores.ts"

/**
 * A candidate as the pairing rules see it: with its score, its place among the originals of its prompt and its ratings.
 *
 * `rank` counts different scores from the best, which is 0, over the candidates without a parent; `lastRank` is the rank of the
 * worst. Both are null without a score and for derived candidates. `ratings` holds the mean rating on each axis.
 */
export interface Contender extends Candidate {
  /** Higher is better, any unit; null where nothing was said. */
  readonly score: number | null
  readonly rank: number | null
  readonly lastRank: number | null
  readonly ratings: ReadonlyMap<string, number>
}

/** What stands for a candidate that nobody rated. */
const unrated: ReadonlyMap<string, number> = new Map()

/** Makes contenders of a prompt's candidates, with one score each, null or NaN for none. Time O(n log n). */
export const contenders = (
  candidates: ReadonlyArray<Candidate>,
  scores: ReadonlyArray<number | null>,
  ratings: ReadonlyArray<ReadonlyMap<string, number>> = []
): ReadonlyArray<Contender> => {
  const known = scores.map((score) => (score === null || Number.isNaN(score) ? null : score))
  const ranks = rankScores(candidates.map(({ parentId }, i) => (parentId === null ? known[i]! : null)))
  const lastRank = ranks.reduce<number | null>((last, rank) => (rank === null ? last : Math.max(last ?? 0, rank)), null)
  return candidates.map((candidate, i) => ({
    ...candidate,
    score: known[i]!,
    rank: ranks[i]!,
    lastRank: ranks[i] === null ? null : lastRank,
    ratings: ratings[i] ?? unrated
  }))
}

/** Wordings of candidates that were compared, for as long as the candidates are there. */
const wordings = new WeakMap<Contender, Wording.Wording>()

/** The wording of a contender's text, read once. */
export const wordingOf = (contender: Contender): Wording.Wording => {
  const known = wordings.get(contender)
  if (known !== undefined) return known
  const wording = Wording.of(contender.text)
  wordings.set(contender, wording)
  return wording
}

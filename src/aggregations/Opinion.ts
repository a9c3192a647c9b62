import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import { isAggregate } from "./AggregateName.ts"

/** What one judgment says of one candidate, as a number. */
export interface Opinion {
  /** Index of the candidate in its group. */
  readonly candidate: number
  readonly annotator: string
  readonly axis: string
  readonly value: number
}

/** Which judgments are read. */
export interface OpinionFilter {
  /** Default all axes. */
  readonly axes?: ReadonlyArray<string>
  /** Default all but the merged scores of an earlier `aggregate`. */
  readonly annotators?: ReadonlyArray<string>
}

/** Whether a judgment is read: by its axis and annotator, and as an opinion of its own. */
export const isRead = (judgment: Judgment, { annotators, axes }: OpinionFilter): boolean =>
  (axes?.includes(judgment.axis) ?? true) && (annotators?.includes(judgment.annotator) ?? !isAggregate(judgment))

/**
 * Reads judgments as numbers: ratings as their score, or where none is read, comparisons as their score for the one shown first
 * and its opposite for the other; without a score as 1 for the winner and -1 for the loser. A tie is 0 for both.
 *
 * Unreadable and refused answers say nothing, and neither do judgments of candidates that are not there.
 */
export const opinionsOf = (
  candidates: ReadonlyArray<Candidate>,
  judgments: ReadonlyArray<Judgment>,
  filter: OpinionFilter = {}
): ReadonlyArray<Opinion> => {
  const indices = new Map(candidates.map(({ id }, index) => [id, index]))
  const ratings: Array<Opinion> = []
  const points: Array<Opinion> = []
  for (const judgment of judgments) {
    if (!isRead(judgment, filter)) continue
    const { annotator, axis, firstId, score, secondId, verdict } = judgment
    const first = indices.get(firstId)
    if (first === undefined) continue
    if (secondId === null) {
      if (score !== null) ratings.push({ candidate: first, annotator, axis, value: score })
      continue
    }
    const second = indices.get(secondId)
    if (second === undefined || (verdict !== "first" && verdict !== "second" && verdict !== "tie")) continue
    // A comparison with a score says by how much, positive for the one shown first.
    const value = verdict === "tie" ? 0 : (score ?? (verdict === "first" ? 1 : -1))
    points.push({ candidate: first, annotator, axis, value }, { candidate: second, annotator, axis, value: -value })
  }
  return ratings.length > 0 ? ratings : points
}

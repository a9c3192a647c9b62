import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"
import { isAggregate } from "./AggregateName.ts"
import { meanRatings } from "./meanRatings.ts"

/**
 * One number per candidate, in the order given; null where nothing was said about it.
 *
 * With a `labels` column: the mean of `±(2 weight − 1)` over the labels a candidate is in, plus where it is the better one. That
 * is the expected sign of a label whose weight is its probability, and a whole win or loss for weight 1; so 1 means better than
 * all it was compared with, −1 worse. Without the column the scores that `aggregate` merged, those of the last merge where there
 * are several, on its own scale. Without these wins less losses over comparisons, ties counting as zero, or where a prompt has no
 * comparisons the mean rating, on its own scale.
 */
export const candidateScores = (
  candidates: ReadonlyArray<Candidate>,
  judgments: ReadonlyArray<Judgment>,
  labels: ReadonlyArray<Label> | undefined
): ReadonlyArray<number | null> => {
  if (labels === undefined) {
    const merged = lastMerge(judgments)
    if (merged !== undefined) return candidates.map(({ id }) => merged.get(id) ?? null)
  }
  const points = new Map<string, { sum: number; n: number }>()
  const add = (id: string, point: number) => {
    const entry = points.get(id) ?? { sum: 0, n: 0 }
    points.set(id, { sum: entry.sum + point, n: entry.n + 1 })
  }
  if (labels !== undefined) {
    for (const { betterId, worseId, weight } of labels) {
      const point = 2 * weight - 1
      add(betterId, point)
      add(worseId, -point)
    }
  } else {
    for (const { firstId, secondId, verdict } of judgments) {
      if (secondId === null || verdict === null || verdict === "invalid" || verdict === "refused") continue
      const point = verdict === "first" ? 1 : verdict === "second" ? -1 : 0
      add(firstId, point)
      add(secondId, -point)
    }
  }
  const ratings = labels !== undefined || points.size > 0 ? undefined : meanRatings(judgments)
  return candidates.map(({ id }) => {
    if (ratings !== undefined) return ratings.get(id) ?? null
    const entry = points.get(id)
    return entry === undefined ? null : entry.sum / entry.n
  })
}

/** The scores of the merge that was appended last; undefined where nothing was merged. */
const lastMerge = (judgments: ReadonlyArray<Judgment>): ReadonlyMap<string, number | null> | undefined => {
  const last = judgments.findLast(isAggregate)
  if (last === undefined) return undefined
  const same = judgments.filter(({ annotator, axis }) => annotator === last.annotator && axis === last.axis)
  return new Map(same.map(({ firstId, score }) => [firstId, score]))
}

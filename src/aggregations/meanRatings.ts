import type { Judgment } from "../../schemas/Judgment.ts"
import { isAggregate } from "./AggregateName.ts"

/**
 * The mean rating of each candidate by its id, over the given annotators or all; candidates without a rating are absent.
 *
 * Scores that `aggregate` merged are no opinions of their own and count only where their annotator is named.
 */
export const meanRatings = (
  judgments: ReadonlyArray<Judgment>,
  annotators?: ReadonlyArray<string>
): ReadonlyMap<string, number> => {
  const sums = new Map<string, { sum: number; n: number }>()
  for (const judgment of judgments) {
    const { annotator, firstId, secondId, score } = judgment
    if (secondId !== null || score === null) continue
    if (annotators === undefined ? isAggregate(judgment) : !annotators.includes(annotator)) continue
    const entry = sums.get(firstId) ?? { sum: 0, n: 0 }
    sums.set(firstId, { sum: entry.sum + score, n: entry.n + 1 })
  }
  return new Map([...sums].map(([id, { sum, n }]) => [id, sum / n]))
}

import type { Judgment } from "../../schemas/Judgment.ts"

/** The mean rating of each candidate by its id, over the given annotators or all; candidates without a rating are absent. */
export const meanRatings = (
  judgments: ReadonlyArray<Judgment>,
  annotators?: ReadonlyArray<string>
): ReadonlyMap<string, number> => {
  const sums = new Map<string, { sum: number; n: number }>()
  for (const { annotator, firstId, secondId, score } of judgments) {
    if (secondId !== null || score === null) continue
    if (annotators !== undefined && !annotators.includes(annotator)) continue
    const entry = sums.get(firstId) ?? { sum: 0, n: 0 }
    sums.set(firstId, { sum: entry.sum + score, n: entry.n + 1 })
  }
  return new Map([...sums].map(([id, { sum, n }]) => [id, sum / n]))
}

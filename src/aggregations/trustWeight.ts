import { mean } from "./mean.ts"

/**
 * How far a judge can be trusted on one prompt: 1 where it rates correct answers at least as high as wrong ones on average, else
 * `exp(2 (mean of correct - mean of wrong))`.
 *
 * Scores are on a scale from 0 to 1, so the weight is from 0.14 to 1. Null where all answers are correct or all wrong: there is
 * nothing to hold the judge against. Throws a RangeError on another number of truths than of scores.
 *
 * Source: SophiaVL-R1, https://arxiv.org/abs/2505.17018, as in its released code
 */
export const trustWeight = (scores: ReadonlyArray<number>, correct: ReadonlyArray<boolean>): number | null => {
  if (scores.length !== correct.length) {
    throw new RangeError(
      `Cannot weigh trust: found ${correct.length} truths for ${scores.length} scores, expected as many`
    )
  }
  const right = scores.filter((_, i) => correct[i]!)
  const wrong = scores.filter((_, i) => !correct[i]!)
  if (right.length === 0 || wrong.length === 0) return null
  return Math.min(1, Math.exp(2 * (mean(right) - mean(wrong))))
}

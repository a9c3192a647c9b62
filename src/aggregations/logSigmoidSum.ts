import { logSigmoid } from "../math/logSigmoid.ts"

/**
 * Combines the rewards of several objectives into `sum of log sigmoid(reward - reference)`.
 *
 * That is the log-probability that all objectives are satisfied, when each is satisfied independently with probability
 * `sigmoid(reward - reference)`: at most 0, and no objective can make up for another by being extreme. One reference for each reward, in
 * its unit. 0 without rewards. Throws a RangeError on another number of references.
 *
 * Source: Wang et al. 2024, Transforming and Combining Rewards for Aligning Large Language Models, https://arxiv.org/abs/2402.00742
 */
export const logSigmoidSum = (rewards: ReadonlyArray<number>, references: ReadonlyArray<number>): number => {
  if (rewards.length !== references.length) {
    throw new RangeError(
      `Cannot combine rewards: found ${references.length} references for ${rewards.length} rewards, expected as many`
    )
  }
  return rewards.reduce((sum, reward, i) => sum + logSigmoid(reward - references[i]!), 0)
}

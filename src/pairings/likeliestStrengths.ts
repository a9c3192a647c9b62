import { lbfgs } from "../math/lbfgs.ts"
import * as ComparedItems from "./ComparedItems.ts"

/** What `likeliestStrengths` found. */
export interface LikeliestStrengths {
  /** Per item, in logits. */
  readonly strength: Float64Array
  /** Per comparison, what it tells about the difference of its two items: `p (1 - p)`, per logit². */
  readonly information: Float64Array
}

/**
 * Finds the most probable strengths when i beats j with probability `sigmoid(strength i - strength j)` and strengths are
 * normal with mean 0 and standard deviation `priorSd`, in logits.
 *
 * Deterministic; starts from `start`, by default from 0. Does not check its input; `bradleyTerry` does. Time O(iterations · comparisons).
 */
export const likeliestStrengths = (
  input: ComparedItems.ComparedItems,
  priorSd: number,
  start: Float64Array = new Float64Array(input.nItems)
): LikeliestStrengths => {
  const { nItems, strong, tie, weak } = input
  const precision = 1 / priorSd ** 2
  const { x } = lbfgs({
    start,
    maxIterations: 500,
    evaluate: (g, gradient) => {
      let value = 0
      for (let i = 0; i < nItems; i++) {
        value += 0.5 * precision * g[i]! ** 2
        gradient[i] = precision * g[i]!
      }
      for (let e = 0; e < strong.length; e++) {
        const gap = g[strong[e]!]! - g[weak[e]!]!
        const isTie = tie?.[e] === 1
        value += Math.log1p(Math.exp(-Math.abs(gap))) + Math.max(0, gap) - (isTie ? 0.5 : 1) * gap
        const pull = ComparedItems.pull(gap, isTie)
        gradient[strong[e]!]! -= pull
        gradient[weak[e]!]! += pull
      }
      return value
    }
  })
  return { strength: x, information: ComparedItems.information(input, x) }
}

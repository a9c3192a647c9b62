import { lbfgs } from "../math/lbfgs.ts"
import { sigmoid } from "../math/sigmoid.ts"

/** Comparisons of two of `nItems` items each, one entry per comparison. */
export interface ComparedItems {
  readonly nItems: number
  /** Item that won; for a tie, one of the two. */
  readonly strong: Int32Array
  /** Item that lost; another one. */
  readonly weak: Int32Array
  /** 1 where neither won: half a win for each. Default no ties. */
  readonly tie?: Uint8Array
}

/** What `likeliestStrengths` found. */
export interface LikeliestStrengths {
  /** Per item, in logits. */
  readonly strength: Float64Array
  /** Per comparison, what it tells about the difference of its two items: `p (1 - p)`, per logit². */
  readonly information: Float64Array
  readonly converged: boolean
}

/**
 * Finds the most probable strengths when i beats j with probability `sigmoid(strength i - strength j)` and strengths are
 * normal with mean 0 and standard deviation `priorSd`, in logits.
 *
 * Deterministic; starts from `start`, by default from 0. Does not check its input; `bradleyTerry` does. Time O(iterations · comparisons).
 */
export const likeliestStrengths = (
  { nItems, strong, tie, weak }: ComparedItems,
  priorSd: number,
  start: Float64Array = new Float64Array(nItems)
): LikeliestStrengths => {
  const precision = 1 / priorSd ** 2
  const { converged, x } = lbfgs({
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
        const target = tie?.[e] === 1 ? 0.5 : 1
        value += Math.log1p(Math.exp(-Math.abs(gap))) + Math.max(0, gap) - target * gap
        const slope = sigmoid(gap) - target
        gradient[strong[e]!]! += slope
        gradient[weak[e]!]! -= slope
      }
      return value
    }
  })
  const information = Float64Array.from(strong, (s, e) => {
    const p = sigmoid(x[s]! - x[weak[e]!]!)
    return p * (1 - p)
  })
  return { strength: x, information, converged }
}

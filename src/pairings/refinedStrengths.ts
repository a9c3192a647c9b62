import { centred } from "../math/centred.ts"
import { conjugateGradients } from "../math/conjugateGradients.ts"
import { dot } from "../math/dot.ts"
import { maxNorm } from "../math/maxNorm.ts"
import * as ComparedItems from "./ComparedItems.ts"
import type { LikeliestStrengths } from "./likeliestStrengths.ts"

/** The information of comparisons and prior: its diagonal, and its product with a vector. */
export interface Information {
  readonly diagonal: Float64Array
  readonly multiply: (x: Float64Array, out: Float64Array) => void
}

/** The most probable strengths, with the information about them. */
export interface RefinedStrengths extends LikeliestStrengths {
  /** Whether the last step was short enough. */
  readonly converged: boolean
  readonly whole: Information
}

/** Done when no strength moves by more than this part of the largest, or of one logit. */
const tolerance = 1e-6
const mostSteps = 100

/**
 * Brings strengths that are nearly the most probable ones to them, by Newton steps.
 *
 * `likeliestStrengths` ends where the slope is small; under a wide prior a strength can then still be far off where no comparison
 * holds it. A Newton step says how far, in logits: `converged` is true when none is longer than a millionth of the largest
 * strength, and false after 100 steps. Strengths have mean 0 over each of the groups `component` that comparisons connect, as they have
 * at the optimum: nothing but the prior holds that mean, so rounding alone could move it far. A step that overshoots is halved. Deterministic. Time O(steps · comparisons · solution), mostly one step.
 */
export const refinedStrengths = (
  input: ComparedItems.ComparedItems,
  priorSd: number,
  start: Float64Array,
  component: Int32Array
): RefinedStrengths => {
  const precision = 1 / priorSd ** 2
  let strength = centred(start, component)
  let slope = centred(slopeOf(input, precision, strength), component)
  let converged = false
  for (let steps = 0; steps < mostSteps && !converged; steps++) {
    const { diagonal, multiply } = wholeOf(input, precision, ComparedItems.information(input, strength))
    const step = centred(conjugateGradients(multiply, diagonal, slope), component)
    converged = maxNorm(step) <= tolerance * Math.max(1, maxNorm(strength))
    // The slope along the step, which falls all the way and is 0 where the step would have to end.
    const steepness = dot(slope, step)
    for (let part = 1; ; part /= 2) {
      const next = strength.map((g, i) => g - part * step[i]!)
      const nextSlope = centred(slopeOf(input, precision, next), component)
      if (dot(nextSlope, step) < -steepness / 2 && part > 1e-9) continue
      strength = next
      slope = nextSlope
      break
    }
  }
  const information = ComparedItems.information(input, strength)
  return { strength, information, converged, whole: wholeOf(input, precision, information) }
}

/** The derivative, by each strength, of minus the logarithm of the posterior. */
const slopeOf = (
  { strong, tie, weak }: ComparedItems.ComparedItems,
  precision: number,
  strength: Float64Array
): Float64Array => {
  const slope = strength.map((g) => precision * g)
  for (let e = 0; e < strong.length; e++) {
    const gap = strength[strong[e]!]! - strength[weak[e]!]!
    const pull = ComparedItems.pull(gap, tie?.[e] === 1)
    slope[strong[e]!]! -= pull
    slope[weak[e]!]! += pull
  }
  return slope
}

const wholeOf = (
  { nItems, strong, weak }: ComparedItems.ComparedItems,
  precision: number,
  information: Float64Array
): Information => {
  const diagonal = new Float64Array(nItems).fill(precision)
  for (let e = 0; e < strong.length; e++) {
    diagonal[strong[e]!]! += information[e]!
    diagonal[weak[e]!]! += information[e]!
  }
  const multiply = (x: Float64Array, out: Float64Array): void => {
    for (let i = 0; i < nItems; i++) out[i] = diagonal[i]! * x[i]!
    for (let e = 0; e < strong.length; e++) {
      out[strong[e]!]! -= information[e]! * x[weak[e]!]!
      out[weak[e]!]! -= information[e]! * x[strong[e]!]!
    }
  }
  return { diagonal, multiply }
}

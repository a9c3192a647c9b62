import { dot } from "./dot.ts"
import { maxNorm } from "./maxNorm.ts"

/** What `lbfgs` needs to know. */
export interface LbfgsOptions {
  /** Value at x; writes the gradient at x into `gradient`. A value that is not finite rejects the point. */
  readonly evaluate: (x: Float64Array, gradient: Float64Array) => number
  /** First point; its value must be finite. */
  readonly start: Float64Array
  /** Most iterations; default 100. */
  readonly maxIterations?: number
  /** Done when no entry of the gradient is larger than this; default 1e-6. */
  readonly gradientTolerance?: number
  /** Done when an iteration lowers the value by less than this part of it, or of 1 if it is smaller; default 1e-10. */
  readonly valueTolerance?: number
}

/** Result of `lbfgs`. */
export interface LbfgsResult {
  readonly x: Float64Array
  /** Value at the start and after each iteration; never rises. */
  readonly values: Float64Array
  readonly nEvaluations: number
  /** Whether one of the tolerances was met. */
  readonly converged: boolean
}

/**
 * Minimises a smooth function of many numbers, given its gradient.
 *
 * Limited-memory BFGS: directions from the last 10 steps, step lengths by doubling and bisection until the value falls
 * enough (1e-4) and the slope flattens enough (0.9), so every step keeps the curvature positive. Ends early, not
 * converged, if no step lowers the value. Finds a local minimum. Deterministic. Time O(iterations · n) plus about 1.1
 * evaluations an iteration, memory 25 n numbers.
 *
 * Source: Liu and Nocedal 1989, https://doi.org/10.1007/BF01589116; line search: Lewis and Overton 2013,
 * https://doi.org/10.1007/s10107-012-0514-2
 */
export const lbfgs = (options: LbfgsOptions): LbfgsResult => {
  const { evaluate, gradientTolerance = 1e-6, maxIterations = 100, start, valueTolerance = 1e-10 } = options
  const n = start.length
  let x = start.slice()
  let gradient = new Float64Array(n)
  let value = evaluate(x, gradient)
  let nEvaluations = 1
  if (!Number.isFinite(value))
    throw new RangeError(`Cannot minimise: found value ${value} at the start, expected finite`)
  let nextX = new Float64Array(n)
  let nextGradient = new Float64Array(n)
  const direction = new Float64Array(n)
  const history: Array<Pair> = []
  const values = [value]
  let converged = maxNorm(gradient) <= gradientTolerance
  while (!converged && values.length <= maxIterations) {
    setDirection(direction, gradient, history)
    const slope = dot(direction, gradient)
    let low = 0
    let high = Number.POSITIVE_INFINITY
    let step = history.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1
    let found = false
    let nextValue = value
    for (let tries = 0; tries < 60 && !found; tries++) {
      for (let i = 0; i < n; i++) nextX[i] = x[i]! + step * direction[i]!
      nextValue = evaluate(nextX, nextGradient)
      nEvaluations++
      if (!(nextValue <= value + 1e-4 * step * slope)) high = step
      else if (dot(direction, nextGradient) < 0.9 * slope) low = step
      else found = true
      if (!found) step = high === Number.POSITIVE_INFINITY ? 2 * step : (low + high) / 2
    }
    if (!found) break

    const pair =
      history.length < memory ? { s: new Float64Array(n), y: new Float64Array(n), curvature: 0 } : history.shift()!
    for (let i = 0; i < n; i++) {
      pair.s[i] = nextX[i]! - x[i]!
      pair.y[i] = nextGradient[i]! - gradient[i]!
    }
    pair.curvature = dot(pair.s, pair.y)
    if (pair.curvature > 0) history.push(pair)
    converged =
      maxNorm(nextGradient) <= gradientTolerance || value - nextValue <= valueTolerance * Math.max(1, Math.abs(value))
    ;[x, nextX] = [nextX, x]
    ;[gradient, nextGradient] = [nextGradient, gradient]
    value = nextValue
    values.push(value)
  }
  return { x, values: Float64Array.from(values), nEvaluations, converged }
}

const memory = 10

interface Pair {
  /** Step and change of the gradient. */
  readonly s: Float64Array
  readonly y: Float64Array
  curvature: number
}

/** Two-loop recursion: minus the approximate inverse Hessian times the gradient. */
const setDirection = (direction: Float64Array, gradient: Float64Array, history: ReadonlyArray<Pair>): void => {
  for (let i = 0; i < gradient.length; i++) direction[i] = -gradient[i]!
  const weights = history.map(() => 0)
  for (let h = history.length - 1; h >= 0; h--) {
    const { curvature, s, y } = history[h]!
    weights[h] = dot(s, direction) / curvature
    for (let i = 0; i < s.length; i++) direction[i]! -= weights[h]! * y[i]!
  }
  const last = history.at(-1)
  if (last !== undefined) {
    const scale = last.curvature / dot(last.y, last.y)
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale
  }
  for (let h = 0; h < history.length; h++) {
    const { curvature, s, y } = history[h]!
    const weight = weights[h]! - dot(y, direction) / curvature
    for (let i = 0; i < s.length; i++) direction[i]! += weight * s[i]!
  }
}

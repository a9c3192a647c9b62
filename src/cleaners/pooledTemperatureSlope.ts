import { dot } from "../math/dot.ts"
import type { PooledRePoFit } from "./pooledRePo.ts"
import type { TemperatureSlope } from "./temperatureSlope.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"

/**
 * Tells how much the reliabilities and the noise rate of a `pooledRePo` fit move when the temperature behind p is off.
 *
 * As `temperatureSlope`, for votes that share the truth of an item: the slopes are `information⁻¹ · drift`, where the information
 * is that of `pooledCovariance` and `drift = -sum(side · q (1 - q) logit(p)) / (r (1 - r))` over the votes of an annotator, q being
 * the posterior of side 1. Items with a p of 0 or 1, known ones, do not move. Votes tell much about reliabilities by themselves,
 * so slopes are smaller than those of `rePo`. 0 for annotators on the border of [0, 1], NaN for unknown ones; 0 for all where the
 * information is not positive definite: there `pooledRePo` has no intervals either.
 *
 * A flat prior is assumed, and the input must be that of the fit; nothing is checked again. The equations are solved by conjugate
 * gradients, so any number of annotators will do: time O(steps · votes), some ten steps, memory O(votes + items + annotators).
 *
 * Source: delta method; the derivative is worked out for this file and tested against finite differences.
 */
export const pooledTemperatureSlope = (
  { annotator, item, pModel, side }: PooledVotes,
  { nLabels, posterior, reliability }: Pick<PooledRePoFit, "nLabels" | "posterior" | "reliability">
): TemperatureSlope => {
  const n = reliability.length
  const isInside = reliability.map((r) => Number(r > 1e-9 && r < 1 - 1e-9))
  const own = Float64Array.from(item, (_, v) => {
    const r = reliability[annotator[v]!]!
    return isInside[annotator[v]!] === 1 ? side[v]! / (r * (1 - r)) : 0
  })
  const hidden = posterior.map((q) => q * (1 - q))
  const diagonal = new Float64Array(n)
  const drift = new Float64Array(n)
  for (let v = 0; v < item.length; v++) {
    if (own[v] === 0) continue
    const i = item[v]!
    const k = annotator[v]!
    const r = reliability[k]!
    const right = side[v] === 1 ? posterior[i]! : 1 - posterior[i]!
    diagonal[k]! += right / r ** 2 + (1 - right) / (1 - r) ** 2
    const p = pModel[i]!
    if (p > 0 && p < 1) drift[k]! -= own[v]! * hidden[i]! * Math.log(p / (1 - p))
  }
  const ofItem = new Float64Array(pModel.length)
  const multiply = (x: Float64Array): Float64Array => {
    ofItem.fill(0)
    for (let v = 0; v < item.length; v++) ofItem[item[v]!]! += own[v]! * x[annotator[v]!]!
    const product = x.map((value, k) => diagonal[k]! * value)
    for (let v = 0; v < item.length; v++) product[annotator[v]!]! -= own[v]! * hidden[item[v]!]! * ofItem[item[v]!]!
    return product
  }
  const solution = solve(multiply, diagonal, drift)
  const slopes = reliability.map((r, k) => (Number.isNaN(r) ? Number.NaN : (solution?.[k] ?? 0)))
  let sum = 0
  let nKnown = 0
  for (let k = 0; k < n; k++) {
    if (Number.isNaN(slopes[k]!)) continue
    sum -= nLabels[k]! * slopes[k]!
    nKnown += nLabels[k]!
  }
  return { reliability: slopes, noiseRate: nKnown === 0 ? 0 : sum / nKnown }
}

/** Conjugate gradients, scaled by the diagonal; where that is 0 so is the solution. Null unless the matrix curves upwards. */
const solve = (
  multiply: (x: Float64Array) => Float64Array,
  diagonal: Float64Array,
  target: Float64Array
): Float64Array | null => {
  const scaled = (residual: Float64Array) => residual.map((value, k) => (diagonal[k] === 0 ? 0 : value / diagonal[k]!))
  const x = new Float64Array(target.length)
  const residual = target.slice()
  let direction = scaled(residual)
  let size = dot(residual, direction)
  const small = 1e-20 * size
  for (let step = 0; step < 1000 && size > small; step++) {
    const product = multiply(direction)
    const curvature = dot(direction, product)
    if (!(curvature > 0)) return null
    for (let k = 0; k < x.length; k++) {
      x[k]! += (size / curvature) * direction[k]!
      residual[k]! -= (size / curvature) * product[k]!
    }
    const next = scaled(residual)
    const nextSize = dot(residual, next)
    direction = next.map((value, k) => value + (nextSize / size) * direction[k]!)
    size = nextSize
  }
  return x
}

import { sigmoid } from "../math/sigmoid.ts"
import type { NoiseRate } from "./noiseRate.ts"
import { pooledCovariance } from "./pooledCovariance.ts"
import { reliabilityInterval } from "./reliabilityInterval.ts"
import type { BetaPrior } from "./reliabilityLikelihood.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"

/** What `pooledIntervals` needs: the maximum that EM found. */
export interface PooledMaximum {
  readonly votes: PooledVotes
  /** One entry per annotator, in [0, 1]. */
  readonly reliability: Float64Array
  /** Per item, the probability of side 1 at these reliabilities. */
  readonly posterior: Float64Array
  /** 1 for annotators that the votes cannot tell. */
  readonly unknown: Uint8Array
  /** Votes per annotator, ties left out. */
  readonly nLabels: Int32Array
  readonly prior: BetaPrior
}

/**
 * Finds how well pooled votes determine the reliabilities and the noise rate.
 *
 * Inside (0, 1) the interval is 1.96 standard errors either way on the log-odds, so it stays in (0, 1); the errors come
 * from `pooledCovariance` up to 1,000 annotators, above from each annotator's own likelihood with the others held. On
 * the border it is the likelihood-ratio interval with the others held. The noise rate is 1 minus the mean reliability by
 * votes, its error by the delta method with the covariances, its interval on the log-odds as well, or cut at 0 and 1 on the border. NaN and [0, 1] for
 * unknown annotators, and for all, with a noise rate of null, when the information is not positive definite.
 */
export const pooledIntervals = (maximum: PooledMaximum) => {
  const { nLabels, posterior, prior, reliability, unknown, votes } = maximum
  const nAnnotators = reliability.length
  const isInside = (k: number) => unknown[k] === 0 && isWithin(reliability[k]!)
  const inside = Uint8Array.from(reliability.keys(), (k) => (isInside(k) ? 1 : 0))
  const covariance = nAnnotators > 1000 ? null : pooledCovariance(votes, reliability, posterior, inside, prior)
  const standardError = new Float64Array(nAnnotators).fill(Number.NaN)
  const lower = new Float64Array(nAnnotators)
  const upper = new Float64Array(nAnnotators).fill(1)
  if (covariance === null && nAnnotators <= 1000) return { standardError, ci95: { lower, upper }, noiseRate: null }
  const nKnown = nLabels.reduce((sum, n, k) => sum + (unknown[k] === 0 ? n : 0), 0)
  let estimate = 0
  let variance = 0
  const held = heldEvidence(maximum)
  for (let k = 0; k < nAnnotators; k++) {
    if (unknown[k] === 1) continue
    const r = reliability[k]!
    const share = nLabels[k]! / nKnown
    estimate += share * (1 - r)
    if (inside[k] === 1 && covariance !== null) {
      standardError[k] = Math.sqrt(covariance[k * nAnnotators + k]!)
      for (let j = 0; j < nAnnotators; j++) {
        variance += (share * covariance[k * nAnnotators + j]! * nLabels[j]!) / nKnown
      }
      ;[lower[k], upper[k]] = logOddsInterval(r, standardError[k]!)
      continue
    }
    const alone = reliabilityInterval(held(k), { start: r, prior })
    lower[k] = Math.min(alone.lower, r)
    upper[k] = Math.max(alone.upper, r)
    if (inside[k] === 1) standardError[k] = alone.standardError
    const error = Number.isNaN(standardError[k]!) ? (upper[k]! - lower[k]!) / (2 * 1.96) : standardError[k]!
    variance += (share * error) ** 2
  }
  const error = Math.sqrt(variance)
  const [low, high] = isWithin(estimate)
    ? logOddsInterval(estimate, error)
    : [Math.max(0, estimate - 1.96 * error), Math.min(1, estimate + 1.96 * error)]
  const noiseRate: NoiseRate | null = nKnown === 0 ? null : { estimate, standardError: error, lower: low, upper: high }
  return { standardError, ci95: { lower, upper }, noiseRate }
}

/** Says whether a share is off the border, where its log-odds mean something: EM comes near a border and not onto it. */
const isWithin = (share: number): boolean => share > 1e-9 && share < 1 - 1e-9

const logOddsInterval = (share: number, error: number): readonly [number, number] => {
  const centre = Math.log(share / (1 - share))
  const half = (1.959963984540054 * error) / (share * (1 - share))
  return [sigmoid(centre - half), sigmoid(centre + half)]
}

/** Gives, for one annotator, the probability of each side it voted for by everything but its own votes on that item. */
const heldEvidence = ({ posterior, reliability, votes }: PooledMaximum) => {
  const { annotator, item, side } = votes
  const byAnnotator = new Map<number, Array<number>>()
  for (let v = 0; v < item.length; v++) {
    if (side[v] === 0) continue
    const own = byAnnotator.get(annotator[v]!)
    if (own === undefined) byAnnotator.set(annotator[v]!, [v])
    else own.push(v)
  }
  return (k: number): Float64Array => {
    const own = byAnnotator.get(k) ?? []
    const r = Math.min(1 - 1e-10, Math.max(1e-10, reliability[k]!))
    const logOdds = Math.log(r / (1 - r))
    const ownSum = new Map<number, number>()
    for (const v of own) ownSum.set(item[v]!, (ownSum.get(item[v]!) ?? 0) + side[v]! * logOdds)
    return Float64Array.from(own, (v) => {
      const q = posterior[item[v]!]!
      return sigmoid(side[v]! * (Math.log(q / (1 - q)) - ownSum.get(item[v]!)!))
    })
  }
}

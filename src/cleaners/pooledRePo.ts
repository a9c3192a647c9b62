import { sigmoid } from "../math/sigmoid.ts"
import type { NoiseRate } from "./noiseRate.ts"
import { pooledIntervals } from "./pooledIntervals.ts"
import { type BetaPrior, flatPrior } from "./reliabilityLikelihood.ts"
import { type PooledVotes, unidentifiedAnnotators } from "./unidentifiedAnnotators.ts"

/** Options of `pooledRePo`. */
export interface PooledRePoOptions {
  /**
   * Reliability of every annotator at the start, strictly between 1/2 and 1; default 0.8. Without evidence it decides
   * which of the two mirrored answers is found: the one in which most annotators beat a coin.
   */
  readonly initialReliability?: number
  /** Most EM iterations; default 2000. 0 pools the votes with the initial reliability. */
  readonly maxIterations?: number
  /** EM stops when no reliability changes by more than this; default 1e-10. */
  readonly tolerance?: number
  /** Beta prior of every reliability; default flat. */
  readonly prior?: BetaPrior
}

/** Result of `pooledRePo`. */
export interface PooledRePoFit {
  /** Per item, the probability that side 1 is right, given its p and all its votes. */
  readonly posterior: Float64Array
  /** Per vote, the probability that it is right: the posterior of its side; NaN for a tie. */
  readonly labelProb: Float64Array
  /** Per annotator, the probability that a vote of theirs is right; NaN where the votes cannot tell. */
  readonly reliability: Float64Array
  /** Per annotator, from the observed information of all together; NaN on the border of [0, 1] or where it fails. */
  readonly standardError: Float64Array
  /** Per annotator, the 95 % interval of the reliability; [0, 1] where unknown. */
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  /** Votes per annotator, ties left out. */
  readonly nLabels: Int32Array
  readonly nTies: number
  /** Mean log-likelihood per vote in nats, with the prior's log-density as in `rePo`; entry t after t iterations. Never falls. */
  readonly logLikelihood: Float64Array
  readonly iterations: number
  readonly converged: boolean
  /** Expected share of wrong votes among those of known annotators; null where nothing can be learned. */
  readonly noiseRate: NoiseRate | null
}

/**
 * Estimates per item which side is right, and per annotator how reliable, from all votes on an item together.
 *
 * Beside `rePo`, not a form of it. There every label has a truth of its own; here the votes on one item share one.
 * Model: side 1 of item i is right with probability `pModel[i]`; a vote of annotator k is right with probability
 * `reliability[k]`, independently given the truth. E step: `logit posterior = logit p + sum of side · logit r`.
 * M step: the reliability is the mean posterior of the sides voted for; with a prior,
 * `(sum + a - 1) / (votes + a + b - 2)`. Reliabilities count as at most 1 - 1e-10 and at least 1e-10 in the E step, so that
 * two perfect annotators who disagree cancel.
 *
 * V votes in long form, any order; items and annotators without votes are allowed, several votes of one annotator on one
 * item count each. An item without votes keeps its p; 0 and 1 stay. EM climbs to a maximum near the start, not always the
 * highest: with judges below chance it can lock on to the wrong side, see `majorityReliability`. Judges that err
 * together make it too sure, see `effectiveJudges`. Annotators that the votes cannot tell (`unidentifiedAnnotators`)
 * get NaN and their votes weigh as `initialReliability`.
 * Intervals are of the log-odds, from the information of all annotators together; on the border of [0, 1] the
 * likelihood-ratio interval with all others held. Above 1,000 annotators each is taken with the others held, and the
 * intervals are somewhat too short. No randomness. Time O(iterations · V + sum of squared votes per item + K³), memory
 * O(V + items + K²). Throws a RangeError on arrays of unequal length and entries or options out of range.
 *
 * Source: one-coin Dawid and Skene 1979, https://doi.org/10.2307/2346806, with the model's probability of RE-PO,
 * https://arxiv.org/abs/2509.24159, in place of the class prior
 */
export const pooledRePo = (votes: PooledVotes, options: PooledRePoOptions = {}): PooledRePoFit => {
  const { initialReliability = 0.8, maxIterations = 2000, prior = flatPrior, tolerance = 1e-10 } = options
  check(votes, initialReliability, prior)
  const { annotator, item, nAnnotators, pModel, side } = votes
  const unknown = unidentifiedAnnotators(votes)
  const nLabels = new Int32Array(nAnnotators)
  for (let v = 0; v < item.length; v++) if (side[v] !== 0) nLabels[annotator[v]!]!++
  const nVotes = nLabels.reduce((sum, n) => sum + n, 0)
  const prior1 = pModel.map((p) => Math.log(p / (1 - p)))

  const reliability = new Float64Array(nAnnotators).fill(initialReliability)
  const posterior = new Float64Array(pModel.length)
  /** The E step; gives the log-likelihood at the reliabilities it used. */
  const pool = (): number => {
    const inside = reliability.map((r) => Math.min(1 - 1e-10, Math.max(1e-10, r)))
    const logOdds = inside.map((r) => Math.log(r / (1 - r)))
    const evidence = posterior.fill(0)
    let logLikelihood = 0
    for (let v = 0; v < item.length; v++) {
      const k = annotator[v]!
      if (side[v] === 0) continue
      evidence[item[v]!]! += side[v]! * logOdds[k]!
      logLikelihood += Math.log(side[v] === 1 ? 1 - inside[k]! : inside[k]!)
    }
    for (let i = 0; i < pModel.length; i++) {
      const p = pModel[i]!
      const x = evidence[i]!
      logLikelihood +=
        p === 1
          ? x
          : p === 0
            ? 0
            : Math.max(x, 0) + Math.log(x > 0 ? p + (1 - p) * Math.exp(-x) : p * Math.exp(x) + 1 - p)
      posterior[i] = sigmoid(prior1[i]! + x)
    }
    for (let k = 0; k < nAnnotators; k++) {
      if (prior.a > 1) logLikelihood += (prior.a - 1) * Math.log(inside[k]!)
      if (prior.b > 1) logLikelihood += (prior.b - 1) * Math.log(1 - inside[k]!)
    }
    return logLikelihood / nVotes
  }

  const means: Array<number> = []
  let converged = nVotes === 0
  let iterations = 0
  const sum = new Float64Array(nAnnotators)
  while (!converged && iterations < maxIterations) {
    means.push(pool())
    sum.fill(0)
    for (let v = 0; v < item.length; v++) {
      if (side[v] === 0) continue
      const q = posterior[item[v]!]!
      sum[annotator[v]!]! += side[v] === 1 ? q : 1 - q
    }
    let largestChange = 0
    for (let k = 0; k < nAnnotators; k++) {
      if (unknown[k] === 1) continue
      const updated = Math.min(1, (sum[k]! + prior.a - 1) / (nLabels[k]! + prior.a + prior.b - 2))
      largestChange = Math.max(largestChange, Math.abs(updated - reliability[k]!))
      reliability[k] = updated
    }
    iterations++
    converged = largestChange <= tolerance
  }
  const last = pool()
  if (nVotes > 0) means.push(last)

  const labelProb = Float64Array.from(item, (i, v) =>
    side[v] === 0 ? Number.NaN : side[v] === 1 ? posterior[i]! : 1 - posterior[i]!
  )
  const intervals = pooledIntervals({ votes, reliability, posterior, unknown, nLabels, prior })
  for (let k = 0; k < nAnnotators; k++) if (unknown[k] === 1) reliability[k] = Number.NaN
  return {
    posterior,
    labelProb,
    reliability,
    ...intervals,
    nLabels,
    nTies: item.length - nVotes,
    logLikelihood: Float64Array.from(means),
    iterations,
    converged
  }
}

const check = (
  { annotator, item, nAnnotators, pModel, side }: PooledVotes,
  initialReliability: number,
  prior: BetaPrior
): void => {
  const action = "Cannot pool votes"
  if (annotator.length !== item.length || side.length !== item.length) {
    throw new RangeError(
      `${action}: found ${item.length} items, ${annotator.length} annotators and ${side.length} sides, expected one each`
    )
  }
  if (!(initialReliability > 0.5 && initialReliability < 1)) {
    throw new RangeError(`${action}: found initialReliability ${initialReliability}, expected between 0.5 and 1`)
  }
  if (!(prior.a >= 1 && prior.b >= 1 && Number.isFinite(prior.a + prior.b))) {
    throw new RangeError(`${action}: found prior Beta(${prior.a}, ${prior.b}), expected a and b of at least 1`)
  }
  const badP = pModel.findIndex((p) => !(p >= 0 && p <= 1))
  if (badP >= 0) throw new RangeError(`${action}: found p ${pModel[badP]} of item ${badP}, expected 0 to 1`)
  for (let v = 0; v < item.length; v++) {
    if (!(item[v]! >= 0 && item[v]! < pModel.length)) {
      throw new RangeError(`${action}: found item ${item[v]} at vote ${v}, expected 0 to ${pModel.length - 1}`)
    }
    if (!(annotator[v]! >= 0 && annotator[v]! < nAnnotators)) {
      throw new RangeError(`${action}: found annotator ${annotator[v]} at vote ${v}, expected 0 to ${nAnnotators - 1}`)
    }
    if (Math.abs(side[v]!) > 1) {
      throw new RangeError(`${action}: found side ${side[v]} at vote ${v}, expected 1, -1, or 0 for a tie`)
    }
  }
}

import { lbfgs } from "../math/lbfgs.ts"
import { checkVotes, votesByItem, votesPerAnnotator, type Votes, type VotesByItem } from "./Votes.ts"

/** Options of `glad`. */
export interface GladOptions {
  /** Most steps of the optimiser; default 100. */
  readonly maxIterations?: number
  /** Done when a step raises the log posterior by less than this part of it; default 1e-7. */
  readonly tolerance?: number
}

/** Result of `glad`. */
export interface GladFit {
  /** Items by classes, row-major: the probability of each true class; uniform where nobody voted. */
  readonly classProb: Float64Array
  /** Per annotator: 0 guesses, below 0 misleads, 1 is the centre of the prior; NaN without votes. */
  readonly ability: Float64Array
  /** Per item, the log of how easy it is: 1 is the centre of the prior, the value without votes. */
  readonly logEase: Float64Array
  /** Expected share of an annotator's votes that name the true class; NaN without votes. */
  readonly reliability: Float64Array
  readonly nLabels: Int32Array
  /** Mean log posterior per vote in nats, up to a constant, at the start and after each step. Never falls. */
  readonly logLikelihood: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

/**
 * Estimates true classes, how able each annotator is and how easy each item.
 *
 * Model: annotator k names the true class of item i with probability `sigmoid(ability[k] exp(logEase[i]))` and each other
 * class with an equal part of the rest; classes are equally frequent; abilities and log eases are normal around 1 with
 * variance 1. Items differ in difficulty only as far as votes say so, which takes three or more per item: with fewer the
 * ease is all prior. What is maximised is the posterior of abilities and eases with the true classes summed out; its
 * gradient is that of the expectation that EM climbs in steps, so both stop at the same points, and L-BFGS is there sooner.
 *
 * Starts at the centre of the priors. Most annotators have to be better than chance. No randomness; permuted items,
 * annotators or classes permute the answer up to the tolerance. Time O(iterations · votes · classes), memory about 200
 * bytes per item. Throws a RangeError on votes out of range.
 *
 * Source: Whitehill et al. 2009,
 * https://proceedings.neurips.cc/paper/2009/file/f899139df5e1059396431415e770c6dd-Paper.pdf; priors as in crowd-kit 1.4.1
 */
export const glad = (votes: Votes, options: GladOptions = {}): GladFit => {
  const { maxIterations = 100, tolerance = 1e-7 } = options
  checkVotes("Cannot fit GLAD", votes)
  const { nAnnotators, nClasses, nItems } = votes
  const byItem = votesByItem(votes)
  const nLabels = votesPerAnnotator(votes)
  const nVotes = Math.max(1, votes.item.length)
  const classProb = new Float64Array(nItems * nClasses)
  // Annotators with many votes curve the posterior far more than items with few: steps are taken on a common scale.
  const scale = new Float64Array(nAnnotators + nItems)
  for (let k = 0; k < nAnnotators; k++) scale[k] = 1 / Math.sqrt(1 + nLabels[k]! / 4)
  for (let i = 0; i < nItems; i++) {
    scale[nAnnotators + i] = 1 / Math.sqrt(1 + (byItem.starts[i + 1]! - byItem.starts[i]!) / 4)
  }
  const x = new Float64Array(scale.length)
  const evaluate = (scaled: Float64Array, gradient: Float64Array): number => {
    for (let j = 0; j < x.length; j++) x[j] = 1 + scaled[j]! * scale[j]!
    const value = gladObjective(byItem, votes, x, gradient, classProb)
    for (let j = 0; j < x.length; j++) gradient[j]! *= scale[j]!
    return value
  }
  const start = new Float64Array(x.length)
  const fit = lbfgs({ evaluate, start, maxIterations, gradientTolerance: 1e-6, valueTolerance: tolerance })
  // Leaves parameters and class probabilities at the best point in `x` and `classProb`.
  evaluate(fit.x, start)
  const reliability = new Float64Array(nAnnotators)
  for (let v = 0; v < votes.item.length; v++) {
    reliability[votes.annotator[v]!]! += classProb[votes.item[v]! * nClasses + votes.label[v]!]!
  }
  return {
    classProb,
    ability: x.slice(0, nAnnotators).map((ability, k) => (nLabels[k] === 0 ? Number.NaN : ability)),
    logEase: x.slice(nAnnotators),
    reliability: reliability.map((right, k) => right / nLabels[k]!),
    nLabels,
    logLikelihood: fit.values.map((value) => -value / nVotes),
    iterations: fit.values.length - 1,
    converged: fit.converged
  }
}

/**
 * Computes minus the log posterior of GLAD at abilities followed by log eases, up to a constant.
 *
 * Writes the gradient into `gradient` and the class probabilities of each item into `classProb`.
 */
export const gladObjective = (
  { cells, starts }: VotesByItem,
  { nAnnotators, nClasses, nItems }: Votes,
  x: Float64Array,
  gradient: Float64Array,
  classProb: Float64Array
): number => {
  let value = 0
  for (let j = 0; j < x.length; j++) {
    value += (x[j]! - 1) ** 2 / 2
    gradient[j] = x[j]! - 1
  }
  const row = new Float64Array(nClasses)
  const logOthers = Math.log(nClasses - 1)
  let most = 0
  for (let i = 0; i < nItems; i++) most = Math.max(most, starts[i + 1]! - starts[i]!)
  const chances = new Float64Array(most)
  for (let i = 0; i < nItems; i++) {
    const from = starts[i]!
    const to = starts[i + 1]!
    const ease = Math.exp(x[nAnnotators + i]!)
    // Log density of all votes being wrong, and what each adds to the class it names: the log odds of a sigmoid are its
    // argument. Densities are multiplied and a logarithm is taken once for many.
    let base = -Math.log(nClasses) - (to - from) * logOthers
    let product = 1
    row.fill(0)
    for (let v = from; v < to; v++) {
      const label = cells[v]! % nClasses
      const z = x[(cells[v]! - label) / nClasses]! * ease
      const e = Math.exp(-Math.abs(z))
      chances[v - from] = z >= 0 ? 1 / (1 + e) : e / (1 + e)
      if (z > 0) base -= z
      product *= 1 + e
      if (product > 1e200) {
        base -= Math.log(product)
        product = 1
      }
      row[label]! += z + logOthers
    }
    base -= Math.log(product)
    let largest = row[0]!
    for (let c = 1; c < nClasses; c++) if (row[c]! > largest) largest = row[c]!
    let sum = 0
    for (let c = 0; c < nClasses; c++) sum += row[c] = Math.exp(row[c]! - largest)
    for (let c = 0; c < nClasses; c++) classProb[i * nClasses + c] = row[c]! / sum
    value -= base + largest + Math.log(sum)
    let easeSlope = 0
    for (let v = from; v < to; v++) {
      const label = cells[v]! % nClasses
      const k = (cells[v]! - label) / nClasses
      const surprise = (row[label]! / sum - chances[v - from]!) * ease
      gradient[k]! -= surprise
      easeSlope += surprise * x[k]!
    }
    gradient[nAnnotators + i]! -= easeSlope
  }
  return value
}

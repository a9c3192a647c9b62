import { checkVotes, votesByItem, votesPerAnnotator, type Votes, type VotesByItem } from "./Votes.ts"

/** Options of `dawidSkene`. */
export interface DawidSkeneOptions {
  /**
   * Labels that the prior of an annotator is worth, per true class; default 2. 0 is maximum likelihood, where one lucky
   * label makes an annotator infallible.
   */
  readonly priorLabels?: number
  /** Most EM iterations; default 500. */
  readonly maxIterations?: number
  /** EM stops when the mean log posterior per vote rises by less than this; default 1e-7. At 1e-5 reliabilities of five annotators are still 0.01 off. */
  readonly tolerance?: number
}

/** Result of `dawidSkene`. */
export interface DawidSkeneFit {
  /** Items by classes, row-major: the probability of each true class; the class prior where nobody voted. */
  readonly classProb: Float64Array
  /** Share of each true class among the items with votes; NaN without votes. */
  readonly classPrior: Float64Array
  /** Annotators by true class by class given, row-major; rows sum to 1. NaN for annotators without votes. */
  readonly confusion: Float64Array
  /** Expected share of an annotator's votes that name the true class; NaN without votes. */
  readonly reliability: Float64Array
  /** Votes per annotator. */
  readonly nLabels: Int32Array
  /**
   * Mean log posterior per vote in nats, log-likelihood plus `priorLabels` times the mean log of the confusions under
   * the prior: entry t at the parameters that iteration t started from. Never falls.
   */
  readonly logLikelihood: Float64Array
  readonly iterations: number
  /** Whether the rise fell below the tolerance. */
  readonly converged: boolean
}

/**
 * Estimates true classes, and a confusion matrix per annotator, from votes alone.
 *
 * Model: an item has true class c with probability `classPrior[c]`; annotator k then gives l with probability
 * `confusion[k][c][l]`, independently. E step, in logs with the row maximum taken off: `classProb[i][c] ∝ classPrior[c] Π
 * confusion[k][c][l]`. M step: expected counts, plus `priorLabels` times the confusion matrix of all annotators
 * together at the start, normalised per true class; probabilities are kept above 1e-10. Starts from vote shares.
 *
 * Classes are named by the start: the model says the same if they are exchanged everywhere, so most annotators have to be
 * better than chance; where they are not, EM settles on the wrong answer with confidence. Annotators that copy one
 * another count as many. Needs about three votes per item that overlap. On sides fixed by hash (`canonicalVotes`) a
 * difference between `confusion[k][0][0]` and `[1][1]` is no position bias; on sides as shown to everybody it is.
 *
 * N votes, I items, K annotators, C classes. No randomness; permuted items, annotators or classes permute the answer up
 * to rounding. Time O(iterations (N C + I C)), memory 4 N + 8 I C + 24 K C² bytes besides the input. Throws a RangeError
 * on votes or options out of range.
 *
 * crowd-kit 1.4.1 starts and keeps probabilities above zero alike, but has no prior on confusions (`priorLabels` 0), makes at
 * most 100 iterations and stops at a rise of 1e-5 of a bound that counts the class prior once per vote instead of once per
 * item.
 *
 * Source: Dawid and Skene 1979, https://doi.org/10.2307/2346806
 */
export const dawidSkene = (votes: Votes, options: DawidSkeneOptions = {}): DawidSkeneFit => {
  const { maxIterations = 500, priorLabels = 2, tolerance = 1e-7 } = options
  const action = "Cannot fit Dawid-Skene"
  checkVotes(action, votes)
  if (!(priorLabels >= 0)) throw new RangeError(`${action}: found priorLabels ${priorLabels}, expected at least 0`)
  const { nAnnotators, nClasses, nItems } = votes
  const byItem = votesByItem(votes)
  const nLabels = votesPerAnnotator(votes)
  const classProb = new Float64Array(nItems * nClasses)
  const counts = new Float64Array(nAnnotators * nClasses * nClasses)
  const classCounts = new Float64Array(nClasses)

  countShares(byItem, nClasses, classProb, classCounts, counts)
  const prior = pooled(counts, nClasses).map((share) => share * priorLabels)
  const logConfusion = new Float64Array(counts.length)
  const logPrior = new Float64Array(nClasses)
  const trace: Array<number> = []
  let converged = votes.item.length === 0
  let penalty = mStep(counts, classCounts, prior, nLabels, logConfusion, logPrior)
  while (!converged && trace.length < maxIterations) {
    const logLikelihood = eStep(byItem, nClasses, logConfusion, logPrior, classProb, classCounts, counts)
    trace.push((logLikelihood + penalty) / votes.item.length)
    converged = trace.length > 1 && trace.at(-1)! - trace.at(-2)! < tolerance
    if (!converged && trace.length < maxIterations)
      penalty = mStep(counts, classCounts, prior, nLabels, logConfusion, logPrior)
  }

  const classPrior = logPrior.map(Math.exp)
  for (let i = 0; i < nItems; i++) {
    if (byItem.starts[i] === byItem.starts[i + 1]) classProb.set(classPrior, i * nClasses)
  }
  const confusion = new Float64Array(counts.length).fill(Number.NaN)
  const reliability = new Float64Array(nAnnotators).fill(Number.NaN)
  for (let k = 0; k < nAnnotators; k++) {
    if (nLabels[k] === 0) continue
    let right = 0
    for (let c = 0; c < nClasses; c++) {
      for (let l = 0; l < nClasses; l++) {
        const cell = (k * nClasses + l) * nClasses + c
        confusion[(k * nClasses + c) * nClasses + l] = Math.exp(logConfusion[cell]!)
        if (l === c) right += counts[cell]!
      }
    }
    reliability[k] = right / nLabels[k]!
  }
  const logLikelihood = Float64Array.from(trace)
  return { classProb, classPrior, confusion, reliability, nLabels, logLikelihood, iterations: trace.length, converged }
}

const floor = 1e-10

/**
 * Writes vote shares into `classProb` and the counts that go with them.
 *
 * `counts` holds, at `(annotator * nClasses + label) * nClasses + c`, the expected votes on items of true class c: what one
 * vote reads lies side by side.
 */
const countShares = (
  { cells, starts }: VotesByItem,
  nClasses: number,
  classProb: Float64Array,
  classCounts: Float64Array,
  counts: Float64Array
): void => {
  for (let i = 0; i + 1 < starts.length; i++) {
    const from = starts[i]!
    const to = starts[i + 1]!
    if (from === to) continue
    const row = i * nClasses
    for (let v = from; v < to; v++) classProb[row + (cells[v]! % nClasses)]! += 1 / (to - from)
    for (let c = 0; c < nClasses; c++) classCounts[c]! += classProb[row + c]!
    for (let v = from; v < to; v++) {
      const cell = cells[v]! * nClasses
      for (let c = 0; c < nClasses; c++) counts[cell + c]! += classProb[row + c]!
    }
  }
}

/** The confusion matrix of all annotators together, laid out as that of one; a true class without votes is uniform. */
const pooled = (counts: Float64Array, nClasses: number): Float64Array => {
  const size = nClasses * nClasses
  const sums = new Float64Array(size)
  for (let i = 0; i < counts.length; i++) sums[i % size]! += counts[i]!
  return sums.map((sum, cell) => {
    let total = 0
    for (let l = 0; l < nClasses; l++) total += sums[l * nClasses + (cell % nClasses)]!
    return total === 0 ? 1 / nClasses : sum / total
  })
}

/** Turns counts into log probabilities and gives the log density of the prior up to a constant. */
const mStep = (
  counts: Float64Array,
  classCounts: Float64Array,
  prior: Float64Array,
  nLabels: Int32Array,
  logConfusion: Float64Array,
  logPrior: Float64Array
): number => {
  const nClasses = classCounts.length
  const size = nClasses * nClasses
  const nItems = classCounts.reduce((sum, count) => sum + count, 0)
  for (let c = 0; c < nClasses; c++) logPrior[c] = Math.log(Math.max(floor, classCounts[c]! / nItems))
  let penalty = 0
  for (let k = 0; k < nLabels.length; k++) {
    if (nLabels[k] === 0) continue
    for (let c = 0; c < nClasses; c++) {
      let total = 0
      for (let cell = c; cell < size; cell += nClasses) total += counts[k * size + cell]! + prior[cell]!
      for (let cell = c; cell < size; cell += nClasses) {
        const share = total === 0 ? 1 / nClasses : (counts[k * size + cell]! + prior[cell]!) / total
        const log = Math.log(Math.max(floor, share))
        logConfusion[k * size + cell] = log
        penalty += prior[cell]! * log
      }
    }
  }
  return penalty
}

/** Writes class probabilities and the counts they imply; gives the log-likelihood of the parameters it is called with. */
const eStep = (
  { cells, starts }: VotesByItem,
  nClasses: number,
  logConfusion: Float64Array,
  logPrior: Float64Array,
  classProb: Float64Array,
  classCounts: Float64Array,
  counts: Float64Array
): number => {
  counts.fill(0)
  classCounts.fill(0)
  const row = new Float64Array(nClasses)
  let logLikelihood = 0
  for (let i = 0; i + 1 < starts.length; i++) {
    const from = starts[i]!
    const to = starts[i + 1]!
    if (from === to) continue
    row.set(logPrior)
    for (let v = from; v < to; v++) {
      const cell = cells[v]! * nClasses
      for (let c = 0; c < nClasses; c++) row[c]! += logConfusion[cell + c]!
    }
    let largest = row[0]!
    for (let c = 1; c < nClasses; c++) if (row[c]! > largest) largest = row[c]!
    let sum = 0
    for (let c = 0; c < nClasses; c++) sum += row[c] = Math.exp(row[c]! - largest)
    logLikelihood += largest + Math.log(sum)
    for (let c = 0; c < nClasses; c++) {
      row[c]! /= sum
      classProb[i * nClasses + c] = row[c]!
      classCounts[c]! += row[c]!
    }
    for (let v = from; v < to; v++) {
      const cell = cells[v]! * nClasses
      for (let c = 0; c < nClasses; c++) counts[cell + c]! += row[c]!
    }
  }
  return logLikelihood
}

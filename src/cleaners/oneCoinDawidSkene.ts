import { checkVotes, votesByItem, votesPerAnnotator, type Votes } from "./Votes.ts"

/** Options of `oneCoinDawidSkene`. */
export interface OneCoinOptions {
  /** Labels that the prior of an annotator is worth; default 2. 0 is maximum likelihood. */
  readonly priorLabels?: number
  /** Most EM iterations; default 500. */
  readonly maxIterations?: number
  /** EM stops when the mean log posterior per vote rises by less than this; default 1e-7. At 1e-5 reliabilities of five annotators are still 0.01 off. */
  readonly tolerance?: number
}

/** Result of `oneCoinDawidSkene`. */
export interface OneCoinFit {
  /** Items by classes, row-major: the probability of each true class; the class prior where nobody voted. */
  readonly classProb: Float64Array
  /** Share of each true class among the items with votes; NaN without votes. */
  readonly classPrior: Float64Array
  /** Per annotator, the probability of naming the true class whatever it is; NaN without votes. */
  readonly reliability: Float64Array
  /** Votes per annotator. */
  readonly nLabels: Int32Array
  /** Mean log posterior per vote in nats: entry t at the parameters that iteration t started from. Never falls. */
  readonly logLikelihood: Float64Array
  readonly iterations: number
  /** Whether the rise fell below the tolerance. */
  readonly converged: boolean
}

/**
 * Estimates true classes, and one reliability per annotator, from votes alone.
 *
 * Model: annotator k names the true class with probability `reliability[k]` and each other class with an equal part of the
 * rest. For two classes the log odds of an item are those of the class prior plus `± log(r / (1 - r))` of each vote. M step:
 * `reliability` is the mean of `classProb[i][label]` over the annotator's votes, with `priorLabels` more of the mean over
 * all votes at the start, which is from vote shares. Kept within 1e-10 of 0 and 1.
 *
 * Most annotators have to be better than chance, and annotators that copy one another count as many. Fewer parameters than
 * `dawidSkene`: the better choice for annotators with a few votes each. Where a model has an opinion of each item, use
 * `pooledRePo`, which puts it in place of the class prior.
 *
 * No randomness; permuted items, annotators or classes permute the answer up to rounding. Time O(iterations · (votes +
 * items · classes)), memory 4 bytes per vote and 8 per item and class besides the input. Throws a RangeError on votes or
 * options out of range.
 *
 * Source: Dawid and Skene 1979, https://doi.org/10.2307/2346806; one parameter: Zhang et al. 2016,
 * https://jmlr.org/papers/v17/14-511.html
 */
export const oneCoinDawidSkene = (votes: Votes, options: OneCoinOptions = {}): OneCoinFit => {
  const { maxIterations = 500, priorLabels = 2, tolerance = 1e-7 } = options
  const action = "Cannot fit one-coin Dawid-Skene"
  checkVotes(action, votes)
  if (!(priorLabels >= 0)) throw new RangeError(`${action}: found priorLabels ${priorLabels}, expected at least 0`)
  const { nAnnotators, nClasses, nItems } = votes
  const { cells, starts } = votesByItem(votes)
  const nLabels = votesPerAnnotator(votes)
  const classProb = new Float64Array(nItems * nClasses)
  const classCounts = new Float64Array(nClasses)
  const right = new Float64Array(nAnnotators)
  const logPrior = new Float64Array(nClasses)
  const logRight = new Float64Array(nAnnotators)
  const logWrong = new Float64Array(nAnnotators)
  const row = new Float64Array(nClasses)

  /** Makes `row` sum to 1, stores it as the probabilities of item i and counts what follows; gives the sum. */
  const store = (i: number): number => {
    let sum = 0
    for (let c = 0; c < nClasses; c++) sum += row[c]!
    for (let c = 0; c < nClasses; c++) {
      row[c]! /= sum
      classProb[i * nClasses + c] = row[c]!
      classCounts[c]! += row[c]!
    }
    for (let v = starts[i]!; v < starts[i + 1]!; v++) {
      const label = cells[v]! % nClasses
      right[(cells[v]! - label) / nClasses]! += row[label]!
    }
    return sum
  }

  let nVoted = 0
  for (let i = 0; i < nItems; i++) {
    if (starts[i] === starts[i + 1]) continue
    nVoted++
    row.fill(0)
    for (let v = starts[i]!; v < starts[i + 1]!; v++) row[cells[v]! % nClasses]!++
    store(i)
  }
  const centre = right.reduce((sum, count) => sum + count, 0) / votes.item.length

  const mStep = (): number => {
    let penalty = 0
    for (let c = 0; c < nClasses; c++) logPrior[c] = Math.log(Math.max(floor, classCounts[c]! / nVoted))
    for (let k = 0; k < nAnnotators; k++) {
      if (nLabels[k] === 0) continue
      const r = (right[k]! + priorLabels * centre) / (nLabels[k]! + priorLabels)
      logRight[k] = Math.log(Math.max(floor, r))
      logWrong[k] = Math.log(Math.max(floor, 1 - r) / (nClasses - 1))
      penalty += priorLabels * (centre * logRight[k]! + (1 - centre) * logWrong[k]!)
    }
    return penalty
  }

  const eStep = (): number => {
    let logLikelihood = 0
    classCounts.fill(0)
    right.fill(0)
    for (let i = 0; i < nItems; i++) {
      if (starts[i] === starts[i + 1]) continue
      let base = 0
      row.set(logPrior)
      for (let v = starts[i]!; v < starts[i + 1]!; v++) {
        const label = cells[v]! % nClasses
        const k = (cells[v]! - label) / nClasses
        base += logWrong[k]!
        row[label]! += logRight[k]! - logWrong[k]!
      }
      let largest = row[0]!
      for (let c = 1; c < nClasses; c++) if (row[c]! > largest) largest = row[c]!
      for (let c = 0; c < nClasses; c++) row[c] = Math.exp(row[c]! - largest)
      logLikelihood += base + largest + Math.log(store(i))
    }
    return logLikelihood
  }

  const trace: Array<number> = []
  let converged = votes.item.length === 0
  let penalty = mStep()
  while (!converged && trace.length < maxIterations) {
    trace.push((eStep() + penalty) / votes.item.length)
    converged = trace.length > 1 && trace.at(-1)! - trace.at(-2)! < tolerance
    if (!converged && trace.length < maxIterations) penalty = mStep()
  }

  const classPrior = classCounts.map((count) => count / nVoted)
  for (let i = 0; i < nItems; i++) {
    if (starts[i] === starts[i + 1]) classProb.set(classPrior, i * nClasses)
  }
  const reliability = logRight.map((log, k) => (nLabels[k] === 0 ? Number.NaN : Math.exp(log)))
  const logLikelihood = Float64Array.from(trace)
  return { classProb, classPrior, reliability, nLabels, logLikelihood, iterations: trace.length, converged }
}

const floor = 1e-10

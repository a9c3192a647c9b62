import { quantile } from "../math/quantile.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"

/** What a model of votes says about annotators. */
export interface VoteFit {
  /** Per annotator; NaN where the votes cannot tell. */
  readonly reliability: Float64Array
  readonly nLabels: Int32Array
}

/** Options of `bootstrapVotes`. */
export interface BootstrapVotesOptions {
  /** Uniform numbers in [0, 1); see `keyedRandom`. */
  readonly random: () => number
  /** Data sets drawn, an integer of at least 2. */
  readonly nReplicates: number
}

/** 95 % percentile intervals. */
export interface VoteIntervals {
  /** Per annotator; [0, 1] where no data set gave an estimate. */
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  /** Of the expected share of wrong votes among those of known annotators; null where no data set gave an estimate. */
  readonly noiseRate: { readonly lower: number; readonly upper: number } | null
}

/**
 * Finds intervals of reliabilities and of the noise rate, for any model of votes on items, from data sets drawn of whole items.
 *
 * Items are drawn with replacement, with all their votes and their p, so that votes which share a truth stay together. What the
 * model takes for granted, that annotators err independently and which of two mirrored answers is right, is not in the intervals,
 * nor is the uncertainty of a temperature. In simulations of five annotators on 600 items, with Dawid-Skene, 94 % of the intervals of 200
 * reliabilities hold the truth and 37 of 40 of noise rates; of three on 150 items 86 %, with `pooledRePo` 92 %; with GLAD, where items are equally
 * hard, 77 % of 60 reliabilities and 11 of 12 noise rates. The same `random` gives the same answer. Time `nReplicates` fits. Throws a RangeError on
 * `nReplicates` below 2.
 *
 * Source: Efron 1979, https://doi.org/10.1214/aos/1176344552
 */
export const bootstrapVotes = (
  votes: PooledVotes,
  fit: (votes: PooledVotes) => VoteFit,
  { nReplicates, random }: BootstrapVotesOptions
): VoteIntervals => {
  if (!(Number.isInteger(nReplicates) && nReplicates >= 2)) {
    throw new RangeError(`Cannot draw items: found nReplicates ${nReplicates}, expected an integer of at least 2`)
  }
  const nItems = votes.pModel.length
  const starts = new Int32Array(nItems + 1)
  for (const i of votes.item) starts[i + 1]!++
  for (let i = 0; i < nItems; i++) starts[i + 1]! += starts[i]!
  const next = starts.slice()
  const byItem = new Int32Array(votes.item.length)
  for (const [v, i] of votes.item.entries()) byItem[next[i]!++] = v

  const reliability = Array.from({ length: votes.nAnnotators }, () => new Float64Array(nReplicates).fill(Number.NaN))
  const rates = new Float64Array(nReplicates).fill(Number.NaN)
  for (let replicate = 0; replicate < nReplicates && nItems > 0; replicate++) {
    const drawn = Int32Array.from({ length: nItems }, () => Math.floor(random() * nItems))
    const item: Array<number> = []
    const taken: Array<number> = []
    for (const [at, i] of drawn.entries()) {
      for (let v = starts[i]!; v < starts[i + 1]!; v++) {
        item.push(at)
        taken.push(byItem[v]!)
      }
    }
    const result = fit({
      item: Int32Array.from(item),
      annotator: Int32Array.from(taken, (v) => votes.annotator[v]!),
      side: Int8Array.from(taken, (v) => votes.side[v]!),
      pModel: Float64Array.from(drawn, (i) => votes.pModel[i]!),
      nAnnotators: votes.nAnnotators
    })
    let nKnown = 0
    let wrong = 0
    for (const [k, r] of result.reliability.entries()) {
      if (Number.isNaN(r)) continue
      reliability[k]![replicate] = r
      nKnown += result.nLabels[k]!
      wrong += result.nLabels[k]! * (1 - r)
    }
    if (nKnown > 0) rates[replicate] = wrong / nKnown
  }
  return {
    ci95: {
      lower: Float64Array.from(reliability, (values) => end(values, 0.025, 0)),
      upper: Float64Array.from(reliability, (values) => end(values, 0.975, 1))
    },
    noiseRate: rates.every(Number.isNaN) ? null : { lower: end(rates, 0.025, 0), upper: end(rates, 0.975, 1) }
  }
}

const end = (values: Float64Array, share: number, without: number): number => {
  const value = quantile(values, share)
  return Number.isNaN(value) ? without : value
}

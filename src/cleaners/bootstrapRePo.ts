import { quantile } from "../math/quantile.ts"
import { checkLabels } from "./checkLabels.ts"
import { mostLikelyReliability } from "./mostLikelyReliability.ts"
import type { BetaPrior } from "./reliabilityLikelihood.ts"
import type { RePoInput } from "./rePo.ts"

/** Options of `bootstrapRePo`. */
export interface BootstrapOptions {
  /** Uniform numbers in [0, 1); see `keyedRandom`. */
  readonly random: () => number
  /**
   * Which pair each label is about, as any number: whole pairs are drawn, so that labels that stand or fall
   * together stay together. Without it single labels are drawn, for each annotator as many as there are.
   */
  readonly pair?: Int32Array
  /** Data sets drawn, at least 2; default 500. */
  readonly nReplicates?: number
  /** The prior of the fit; default flat. */
  readonly prior?: BetaPrior
}

/** Result of `bootstrapRePo`: one entry per annotator, and the noise rate. */
export interface BootstrapIntervals {
  /** Standard deviation of the reliability over the data sets drawn; NaN without two estimates. */
  readonly standardError: Float64Array
  /** 2.5 % and 97.5 % point; [0, 1] without an estimate. */
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  /** The same for the noise rate; null without an estimate. */
  readonly noiseRate: { readonly standardError: number; readonly lower: number; readonly upper: number } | null
  readonly nReplicates: number
}

/**
 * Finds intervals of the reliabilities and of the noise rate by fitting `rePo` to data sets drawn from the labels.
 *
 * Percentile intervals. They rest on no curvature of the likelihood; with `pair` they also hold when the labels of a
 * pair depend on each other (a hard pair, a wrong p), where the likelihood's intervals are too short. The p are
 * taken as they are: no uncertainty of a temperature is in it. Where a reliability is at 0 or 1 the percentile interval
 * may be a single point: take the likelihood-ratio interval of `rePo` there. Estimates are those of
 * `mostLikelyReliability`; data sets that have none for an annotator are left out of its interval.
 * The same `random` gives the same answer. Time O(nReplicates · 8 N), memory 16 bytes per label plus 8 per replicate and
 * annotator. Throws a RangeError on arrays of unequal length, a p that is NaN or outside [0, 1], an annotator or
 * option out of range.
 *
 * Source: Efron 1979, https://doi.org/10.1214/aos/1176344552
 */
export const bootstrapRePo = (input: RePoInput, options: BootstrapOptions): BootstrapIntervals => {
  const { nReplicates = 500, pair, prior, random } = options
  check(input, nReplicates, pair)
  const { annotator, nAnnotators, pModel } = input
  const nLabels = pModel.length
  const units = groupBy(pair ?? annotator)
  const nUnits = units.starts.length - 1
  const drawn = Array.from({ length: nAnnotators }, () => new Float64Array(0))
  const counts = new Int32Array(nAnnotators)
  const estimates = Array.from({ length: nAnnotators }, () => new Float64Array(nReplicates).fill(Number.NaN))
  const rates = new Float64Array(nReplicates).fill(Number.NaN)
  const starts = Float64Array.from({ length: nAnnotators }, () => 0.9)
  const add = (label: number) => {
    const k = annotator[label]!
    if (counts[k] === drawn[k]!.length) {
      const grown = new Float64Array(Math.max(64, 2 * drawn[k]!.length))
      grown.set(drawn[k]!)
      drawn[k] = grown
    }
    drawn[k]![counts[k]!++] = pModel[label]!
  }
  for (let replicate = 0; replicate < nReplicates && nLabels > 0; replicate++) {
    counts.fill(0)
    for (let unit = 0; unit < nUnits; unit++) {
      if (pair === undefined) {
        const from = units.starts[unit]!
        const size = units.starts[unit + 1]! - from
        for (let i = 0; i < size; i++) add(units.members[from + Math.floor(random() * size)]!)
      } else {
        const chosen = Math.floor(random() * nUnits)
        for (let i = units.starts[chosen]!; i < units.starts[chosen + 1]!; i++) add(units.members[i]!)
      }
    }
    let wrong = 0
    let nKnown = 0
    for (let k = 0; k < nAnnotators; k++) {
      const estimate = mostLikelyReliability(drawn[k]!.subarray(0, counts[k]), starts[k], prior)
      if (Number.isNaN(estimate)) continue
      estimates[k]![replicate] = estimate
      starts[k] = estimate
      wrong += counts[k]! * (1 - estimate)
      nKnown += counts[k]!
    }
    if (nKnown > 0) rates[replicate] = wrong / nKnown
  }
  return {
    standardError: Float64Array.from(estimates, spread),
    ci95: {
      lower: Float64Array.from(estimates, (values) => ends(values, 0.025, 0)),
      upper: Float64Array.from(estimates, (values) => ends(values, 0.975, 1))
    },
    noiseRate: rates.every(Number.isNaN)
      ? null
      : { standardError: spread(rates), lower: quantile(rates, 0.025), upper: quantile(rates, 0.975) },
    nReplicates
  }
}

/** Indices sorted by group: those of group g are `members` from `starts[g]` up to `starts[g + 1]`; no group is empty. */
const groupBy = (keys: Int32Array) => {
  const numbers = new Map<number, number>()
  const group = keys.map((key) => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, numbers.size)
    return numbers.size - 1
  })
  const nGroups = numbers.size
  const starts = new Int32Array(nGroups + 1)
  for (const g of group) starts[g + 1]!++
  for (let g = 0; g < nGroups; g++) starts[g + 1]! += starts[g]!
  const next = starts.slice()
  const members = new Int32Array(group.length)
  for (let i = 0; i < group.length; i++) members[next[group[i]!]!++] = i
  return { members, starts }
}

const ends = (values: Float64Array, share: number, without: number): number => {
  const value = quantile(values, share)
  return Number.isNaN(value) ? without : value
}

const spread = (values: Float64Array): number => {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length < 2) return Number.NaN
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  return Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1))
}

const check = (input: RePoInput, nReplicates: number, pair: Int32Array | undefined): void => {
  const action = "Cannot draw data sets"
  checkLabels(action, input)
  if (pair !== undefined && pair.length !== input.pModel.length) {
    throw new RangeError(`${action}: found ${pair.length} pairs for ${input.pModel.length} labels, expected one each`)
  }
  if (!Number.isInteger(nReplicates) || nReplicates < 2) {
    throw new RangeError(`${action}: found nReplicates ${nReplicates}, expected an integer of at least 2`)
  }
}

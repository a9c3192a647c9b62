import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import { dominantAxis } from "../aggregations/dominantAxis.ts"
import { elo, type Game } from "../aggregations/elo.ts"
import { hierarchicalMean } from "../aggregations/hierarchicalMean.ts"
import { logSigmoidSum } from "../aggregations/logSigmoidSum.ts"
import { mean } from "../aggregations/mean.ts"
import { median } from "../aggregations/median.ts"
import type { Opinion } from "../aggregations/Opinion.ts"
import { powerMean } from "../aggregations/powerMean.ts"
import type { Spreads } from "../aggregations/Spreads.ts"
import { trustWeight } from "../aggregations/trustWeight.ts"
import { type VoteRule, voteOutcome } from "../aggregations/voteOutcome.ts"
import { worstCaseBlend } from "../aggregations/worstCaseBlend.ts"
import { quantile } from "../math/quantile.ts"
import { likeliestStrengths } from "../pairings/likeliestStrengths.ts"

/** The numbers of a candidate that are averaged first: none (default), those of one axis, or those of one annotator. */
interface Averaging {
  readonly over?: "judgments" | "axes" | "annotators"
}

/** How many numbers become one. */
export type Aggregation =
  | (Averaging & { readonly by: "mean" | "median" | "min" | "max" | "sum" })
  /** Negative powers let the weakest number decide; see `powerMean`. */
  | (Averaging & { readonly by: "powerMean"; readonly power: number })
  /** A blend of the mean and the least number; see `worstCaseBlend`. */
  | (Averaging & { readonly by: "worstCase"; readonly alpha: number })
  /** Scores of `passes` (default 0.5) or more are yes; see `voteOutcome`. */
  | (Averaging & { readonly by: "votes"; readonly passes?: number; readonly rule?: VoteRule })
  /**
   * Sums `log sigmoid(reward - reference)` over the axes; the reference of an axis is a quantile (default 0.85) of the rewards of the
   * prompt's candidates, or of those that `referenceModel` made.
   */
  | { readonly by: "logSigmoidSum"; readonly quantile?: number; readonly referenceModel?: string }
  /** The axis with the widest gap in units of its variance over the set decides alone; see `dominantAxis`. */
  | { readonly by: "dominantAxis" }
  /** A parent is worth the mean of the candidates derived from it; see `hierarchicalMean`. */
  | { readonly by: "hierarchicalMean" }
  /** Judge scores on `scale` (default 0 to 1), each times the judge's trust in the prompt; `correct` is the axis with the truth. */
  | { readonly by: "trust"; readonly correct: string; readonly scale?: readonly [number, number] }
  /** Strengths from comparisons of the prompt's candidates, in logits, with a normal prior of `priorSd` (default 3). */
  | { readonly by: "bradleyTerry"; readonly priorSd?: number }
  /** Ratings from comparisons in the order they were made; see `elo`. */
  | { readonly by: "elo"; readonly k?: number }
  /** Votes weighed by who agrees with the others, over the whole set: comparisons, or with `passes` ratings. */
  | { readonly by: "em"; readonly passes?: number }

/** What a merge reads. */
export interface Merging {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
  readonly opinions: ReadonlyArray<Opinion>
  /** Variances of the axes over the set, for "dominantAxis". */
  readonly variances: Spreads
  readonly isRead: (judgment: Judgment) => boolean
}

/** Throws a RangeError where an option is out of range, so that no run ends by it. */
export const checkAggregation = (options: Aggregation): void => {
  const wrong = (found: string, expected: string): never => {
    throw new RangeError(`Cannot aggregate by "${options.by}": found ${found}, expected ${expected}`)
  }
  if (options.by === "powerMean") powerMean([], options.power)
  if (options.by === "worstCase") worstCaseBlend([], options.alpha)
  if (options.by === "logSigmoidSum") quantile(new Float64Array(), options.quantile ?? 0.85)
  if (options.by === "trust" && options.scale !== undefined && !(options.scale[0] < options.scale[1])) {
    wrong(`scale ${options.scale.join(" to ")}`, "the lowest score, then a higher one")
  }
  if (options.by === "bradleyTerry" && !((options.priorSd ?? 3) > 0)) {
    wrong(`priorSd ${options.priorSd}`, "a number above 0")
  }
  if (options.by === "elo" && !((options.k ?? 32) > 0)) wrong(`k ${options.k}`, "a number above 0")
}

/** One number for each candidate of a group, NaN where nothing can be said. Not for "em", which looks at the whole set. */
export const mergeOpinions = (options: Aggregation, merging: Merging): ReadonlyArray<number> => {
  const { candidates, opinions } = merging
  switch (options.by) {
    case "logSigmoidSum":
      return combinedRewards(merging, options.quantile ?? 0.85, options.referenceModel)
    case "dominantAxis":
      return onDominantAxis(merging)
    case "hierarchicalMean": {
      const parents = candidates.map(({ parentId }) => candidates.findIndex(({ id }) => id === parentId))
      return hierarchicalMean(
        parents,
        candidates.map((_, i) => mean(valuesOf(opinions, i)))
      )
    }
    case "trust":
      return trusted(merging, options.correct, options.scale ?? [0, 1])
    case "bradleyTerry":
      return strengths(merging, options.priorSd ?? 3)
    case "elo": {
      const games = gamesOf(merging)
      const ratings = elo(candidates.length, games, options.k === undefined ? {} : { k: options.k })
      return candidates.map((_, i) =>
        games.some(({ first, second }) => first === i || second === i) ? ratings[i]! : Number.NaN
      )
    }
    case "em":
      throw new Error('Cannot merge one group by "em": expected the whole set')
    default: {
      const own = candidates.map((): Array<Opinion> => [])
      for (const opinion of opinions) own[opinion.candidate]!.push(opinion)
      return own.map((some) => {
        const values = averaged(some, options.over ?? "judgments")
        return values.length === 0 ? Number.NaN : combine(options, values)
      })
    }
  }
}

const combine = (options: Extract<Aggregation, Averaging>, values: ReadonlyArray<number>): number => {
  switch (options.by) {
    case "mean":
      return mean(values)
    case "median":
      return median(values)
    case "min":
      return Math.min(...values)
    case "max":
      return Math.max(...values)
    case "sum":
      return values.reduce((sum, value) => sum + value, 0)
    case "powerMean":
      return powerMean(values, options.power)
    case "worstCase":
      return worstCaseBlend(values, options.alpha)
    case "votes":
      return voteOutcome(values, options.passes ?? 0.5, options.rule)
    default:
      return Number.NaN
  }
}

const valuesOf = (opinions: ReadonlyArray<Opinion>, candidate: number): ReadonlyArray<number> =>
  opinions.filter((opinion) => opinion.candidate === candidate).map(({ value }) => value)

/** The numbers of one candidate, averaged within axes or annotators where that is asked for. */
const averaged = (own: ReadonlyArray<Opinion>, over: NonNullable<Averaging["over"]>): ReadonlyArray<number> => {
  if (over === "judgments") return own.map(({ value }) => value)
  const groups = Map.groupBy(own, ({ annotator, axis }) => (over === "axes" ? axis : annotator))
  return [...groups.values()].map((some) => mean(some.map(({ value }) => value)))
}

/** Mean value by axis (outer) and candidate (inner), NaN where nothing was said; axes in the order they first appear. */
const byAxis = ({ candidates, opinions }: Merging): ReadonlyArray<readonly [axis: string, ReadonlyArray<number>]> =>
  [...Map.groupBy(opinions, ({ axis }) => axis)].map(([axis, some]) => [
    axis,
    candidates.map((_, i) => mean(valuesOf(some, i)))
  ])

/** NaN for a candidate that lacks an axis the others have: nobody knows whether it satisfies it. */
const combinedRewards = (
  merging: Merging,
  share: number,
  referenceModel: string | undefined
): ReadonlyArray<number> => {
  const isReference = (i: number) => referenceModel === undefined || merging.candidates[i]!.model === referenceModel
  const axes = byAxis(merging).map(([, values]) => {
    return { values, reference: quantile(Float64Array.from(values.filter((_, i) => isReference(i))), share) }
  })
  if (axes.length === 0) return merging.candidates.map(() => Number.NaN)
  return merging.candidates.map((_, i) =>
    logSigmoidSum(
      axes.map(({ values }) => values[i]!),
      axes.map(({ reference }) => reference)
    )
  )
}

/** Every candidate's distance from the group's mean on the axis that decides, in units of the axis' variance; 0 on a draw. */
const onDominantAxis = (merging: Merging): ReadonlyArray<number> => {
  const axes = byAxis(merging).map(([axis, values]) => {
    const known = values.filter((value) => !Number.isNaN(value))
    const distances = values.map((value) => value - mean(known))
    const widest = Math.max(0, ...known.map((value) => Math.abs(value - mean(known))))
    return { distances, widest, variance: merging.variances.variance(axis) }
  })
  const dominant = dominantAxis(
    axes.map(({ widest }) => widest),
    axes.map(({ variance }) => variance)
  )
  if (dominant === null) return merging.candidates.map(() => (axes.length === 0 ? Number.NaN : 0))
  const { distances, variance } = axes[dominant.index]!
  return distances.map((distance) => distance / variance)
}

const trusted = (
  { candidates, opinions }: Merging,
  correctAxis: string,
  [low, high]: readonly [number, number]
): ReadonlyArray<number> => {
  const judged = opinions.filter(({ axis }) => axis !== correctAxis)
  const truths = opinions.filter(({ axis }) => axis === correctAxis)
  const known = candidates.flatMap((_, i) => {
    const score = mean(valuesOf(judged, i))
    const truth = mean(valuesOf(truths, i))
    return Number.isNaN(score) || Number.isNaN(truth)
      ? []
      : [{ i, score: (score - low) / (high - low), correct: truth >= 0.5 }]
  })
  const weight = trustWeight(
    known.map(({ score }) => score),
    known.map(({ correct }) => correct)
  )
  const merged = candidates.map(() => Number.NaN)
  if (weight !== null) for (const { i, score } of known) merged[i] = weight * score
  return merged
}

/** Comparisons of the group as games, in the order of the judgments. */
const gamesOf = ({ candidates, isRead, judgments }: Merging): ReadonlyArray<Game> => {
  const places = new Map(candidates.map(({ id }, index) => [id, index]))
  return judgments.flatMap((judgment): ReadonlyArray<Game> => {
    const { firstId, secondId, verdict } = judgment
    if (secondId === null || !isRead(judgment)) return []
    const first = places.get(firstId)
    const second = places.get(secondId)
    if (first === undefined || second === undefined || first === second) return []
    if (verdict !== "first" && verdict !== "second" && verdict !== "tie") return []
    return [{ first, second, points: verdict === "tie" ? 0.5 : Number(verdict === "first") }]
  })
}

const strengths = (merging: Merging, priorSd: number): ReadonlyArray<number> => {
  const games = gamesOf(merging)
  const { strength } = likeliestStrengths(
    {
      nItems: merging.candidates.length,
      strong: Int32Array.from(games, ({ first, points, second }) => (points === 0 ? second : first)),
      weak: Int32Array.from(games, ({ first, points, second }) => (points === 0 ? first : second)),
      tie: Uint8Array.from(games, ({ points }) => Number(points === 0.5))
    },
    priorSd
  )
  const met = new Set(games.flatMap(({ first, second }) => [first, second]))
  return merging.candidates.map((_, i) => (met.has(i) ? strength[i]! : Number.NaN))
}

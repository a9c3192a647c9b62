import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { TypedList } from "../math/TypedList.ts"
import { samplePairsOfPairs } from "../pairings/samplePairsOfPairs.ts"
import { reject } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { type RowOf, whole } from "../Stage.ts"

/** How many comparisons are drawn, and what happens to ties. */
export interface PairOfPairsOptions {
  /** Comparisons per pair. Default 1. */
  readonly k?: number
  /** Margins that differ by at most this are tied. Default 0. */
  readonly tieTolerance?: number
  /** Tied comparisons are dropped (default), kept and marked, or ordered at random. */
  readonly tie?: "drop" | "keep" | "random"
  /** Probability that a label is turned round on purpose. Default 0. */
  readonly noise?: number
}

/**
 * Draws pairs of pairs and labels each with the pair whose margin is larger: preferences over preferences.
 *
 * The sampler is random(k): for each split, `k · N` comparisons of two different of its N pairs, drawn by the run seed; both
 * sides are of one split, which the comparison inherits ("train" where there is none). Pairs without a margin become
 * rejects. Memory is 24 bytes a pair and 50 a comparison.
 *
 * Source: DPO-PoP, https://arxiv.org/abs/2509.22851; the tie rule is ours, none was published.
 */
export const pairOfPairs = (options: PairOfPairsOptions = {}) => {
  const { k = 1, tieTolerance = 0, tie = "drop", noise = 0 } = options
  // Refuses options out of range now, not when every pair is there.
  samplePairsOfPairs({ gaps: new Float64Array(), k, tieTolerance, tie, noise, random: () => 0 })
  return whole({
    name: "pairOfPairs",
    needs: {
      id: Schema.String,
      prompt: Schema.String,
      chosen: Schema.String,
      rejected: Schema.String,
      margin: Schema.NullOr(Schema.Finite)
    },
    uses: { split: Schema.String },
    gives: { ...PairOfPairs, split: Schema.String },
    keeps: false,
    config: { sampler: "random", k, tieTolerance, tie, noise },
    begin: (context) => {
      const splits = new Map<
        string,
        { readonly gaps: TypedList<Float64Array>; readonly indices: TypedList<Float64Array> }
      >()
      return {
        see: (row, index) => {
          if (row.margin === null) return
          const name = row.split ?? "train"
          let pairs = splits.get(name)
          if (pairs === undefined)
            splits.set(name, (pairs = { gaps: new TypedList(Float64Array), indices: new TypedList(Float64Array) }))
          pairs.gaps.push(row.margin)
          pairs.indices.push(index)
        },
        settle: Effect.sync(() => {
          const drawn = new Map(
            [...splits].map(([name, { gaps, indices }]) => {
              const random = context.random("sampler", name)
              const sample = samplePairsOfPairs({ gaps: gaps.values.slice(), k, tieTolerance, tie, noise, random })
              const order = Uint32Array.from(sample.strong.keys()).toSorted(
                (a, b) => sample.strong[a]! - sample.strong[b]! || a - b
              )
              const state = { sample, order, indices, percentile: percentiles(gaps.values), next: 0, own: 0 }
              return [name, state] as const
            })
          )
          const all = [...drawn.values()]
          const nComparisons = total(all, ({ sample }) => sample.strong.length)
          context.publish({
            kind: "pairsOfPairs",
            sampler: `random(${k})`,
            nComparisons,
            ties: total(
              all,
              ({ sample }) => sample.nDrawn - sample.strong.length + sample.tie.reduce((sum, isTie) => sum + isTie, 0)
            ),
            strongPercentile:
              nComparisons === 0
                ? null
                : total(all, ({ sample, percentile }) => sumAt(sample.strong, percentile)) / nComparisons,
            weakPercentile:
              nComparisons === 0
                ? null
                : total(all, ({ sample, percentile }) => sumAt(sample.weak, percentile)) / nComparisons
          })
          return (row, _index, read) => {
            if (row.margin === null) return [reject("no margin", `pair ${row.id} has no scores to take a margin from`)]
            const split = row.split ?? "train"
            const state = drawn.get(split)!
            const { sample, order, indices } = state
            const own = state.own++
            const made: Array<RowOf<typeof PairOfPairs & { readonly split: typeof Schema.String }>> = []
            while (state.next < order.length && sample.strong[order[state.next]!] === own) {
              const at = order[state.next++]!
              const strong = sideOf(row)
              const weak = sideOf(read(indices.values[sample.weak[at]!]!))
              made.push({
                id: contentId(strong.id, weak.id, at),
                strong,
                weak,
                sampler: `random(${k})`,
                labelSource: "margin",
                tie: sample.tie[at] === 1,
                flipped: sample.flipped[at] === 1,
                split
              })
            }
            return made
          }
        })
      }
    }
  })
}

const sideOf = (row: {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
  readonly margin: number | null
}) => ({ id: row.id, prompt: row.prompt, chosen: row.chosen, rejected: row.rejected, margin: row.margin ?? 0 })

/** The share of values below each value, ties counted half. */
const percentiles = (values: Float64Array): Float64Array => {
  const sorted = values.toSorted()
  const below = (value: number, orEqual: boolean) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1
      else high = middle
    }
    return low
  }
  return values.map((value) => (below(value, false) + below(value, true)) / (2 * sorted.length))
}

const total = <A>(items: ReadonlyArray<A>, count: (item: A) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0)

const sumAt = (rows: Int32Array, values: Float64Array): number => rows.reduce((sum, row) => sum + values[row]!, 0)

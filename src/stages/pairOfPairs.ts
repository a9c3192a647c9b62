import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { placeOf } from "../math/placeOf.ts"
import { TypedList } from "../math/TypedList.ts"
import { samplePairsOfPairs } from "../pairings/samplePairsOfPairs.ts"
import type { JournalError } from "../Journal.ts"
import { reject } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import { type RowOf, type Stage, whole } from "../Stage.ts"
import { judgedPairsOfPairs, type JudgedPairsOfPairsOptions } from "./judgedPairsOfPairs.ts"

/** How comparisons are drawn, what labels them, and what happens to ties. */
export interface PairOfPairsOptions<Column extends string | null = "margin"> {
  /** Which pairs are compared; see `samplePairsOfPairs`. Default "random". */
  readonly sampler?: "random" | "iterative" | "active"
  /** Comparisons per pair. Default 1. */
  readonly k?: number
  /**
   * The column whose larger number makes the stronger preference. Default "margin", the gap between the two scores. Null leaves the
   * comparisons unlabelled, as ties, for `compareGaps`; needs the sampler "random".
   */
  readonly column?: Column
  /** Numbers that differ by at most this are tied. Default 0. */
  readonly tieTolerance?: number
  /** Tied comparisons are dropped (default), kept and marked, or ordered at random. */
  readonly tie?: "drop" | "keep" | "random"
  /** Probability that a label is turned round on purpose. Default 0. */
  readonly noise?: number
}

const sides = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

/** What `pairOfPairs` reads besides the column that labels. */
export type PairOfPairsNeeds<Column extends string | null> = RowOf<typeof sides> & {
  readonly [K in Column & string]: number | null
}

const gives = { ...PairOfPairs, split: Schema.String }

/** Makes a stage that labels by a column, by judges while it draws, or not at all. */
export interface MakePairOfPairs {
  (
    options: JudgedPairsOfPairsOptions
  ): Stage<RowOf<typeof sides>, RowOf<typeof gives>, false, LanguageModelError | JournalError, LanguageModel>
  <const Column extends string | null = "margin">(
    options?: PairOfPairsOptions<Column>
  ): Stage<PairOfPairsNeeds<Column>, RowOf<typeof gives>, false>
}

/**
 * Draws pairs of pairs and labels each with the pair whose margin is larger: preferences over preferences.
 *
 * `samplePairsOfPairs` draws them, for each split by itself and by the run seed; both sides are of one split, which the comparison
 * inherits ("train" where there is none). Draws go by the ids of the pairs: the same pairs in another order make the same comparisons,
 * and one pair more changes few of them, so that few are asked about again; with "active" it can change nearly all. Pairs without
 * a number in the column become rejects. Memory is some 60 bytes a pair and 60 a comparison, with "active" some 200.
 *
 * With `annotators` and the sampler "active" judges label the comparisons round by round, and each round is drawn where their labels leave
 * most to learn: `judgedPairsOfPairs`. To have judges label comparisons that are all drawn beforehand, take `column: null` and `compareGaps`.
 *
 * The same machinery closes over itself once more, but means nothing there: a comparison of pairs of pairs would be labelled with
 * the difference of two differences, which is known from the margins already and which people or models cannot be asked without
 * holding four texts in mind. Strengths (`pairStrengths`) put all pairs on one scale, so there is nothing left to compare. Where pairs of pairs are
 * labelled by a judge, their noise is a matter of repeated labels, as with pairs.
 *
 * Source: DPO-PoP, https://arxiv.org/abs/2509.22851; the tie rule is ours, none was published.
 */
export const pairOfPairs: MakePairOfPairs = (options?: object) =>
  (options !== undefined && "annotators" in options
    ? judgedPairsOfPairs(options as JudgedPairsOfPairsOptions)
    : labelledByColumn(options)) as never

const labelledByColumn = (options: PairOfPairsOptions<string | null> = {}) => {
  const column: string | null = options.column === undefined ? "margin" : options.column
  const { k = 1, noise = 0, sampler = "random", tie = "drop", tieTolerance = 0 } = options
  // Refuses options out of range now, not when every pair is there.
  const none = { gaps: new Float64Array(), places: new Float64Array(), seed: "" }
  samplePairsOfPairs({ ...none, k, sampler, tieTolerance, tie, noise })
  if (column === null && (sampler !== "random" || noise > 0)) {
    const found = `sampler "${sampler}" and noise ${noise}`
    throw new RangeError(
      `Cannot draw unlabelled pairs of pairs: found ${found}, expected sampler "random" and no noise; name annotators to have them label while "active" draws`
    )
  }
  const sampledBy = `${sampler}(${k})`
  const labelSource = column ?? "none"
  const numberOf = (row: object): number | null =>
    column === null ? 0 : (row as Readonly<Record<string, number | null>>)[column]!
  return whole({
    name: "pairOfPairs",
    needs: { ...sides, ...(column === null ? {} : { [column]: Schema.NullOr(Schema.Finite) }) },
    uses: { split: Schema.String },
    gives,
    keeps: false,
    config: { sampler, k, column, tieTolerance, tie, noise },
    begin: (context) => {
      const splits = new Map<string, SplitPairs>()
      return {
        see: (row, index) => {
          const gap = numberOf(row)
          if (gap === null) return
          const name = row.split ?? "train"
          let pairs = splits.get(name)
          if (pairs === undefined) splits.set(name, (pairs = splitPairs()))
          pairs.gaps.push(gap)
          pairs.places.push(placeOf(row.id))
          pairs.indices.push(index)
        },
        settle: Effect.sync(() => {
          const drawn = new Map(
            [...splits].map(([name, { gaps, indices, places }]) => {
              const sample = samplePairsOfPairs({
                gaps: gaps.values,
                places: places.values,
                seed: `${context.key} ${context.seed} ${name}`,
                k,
                sampler,
                tieTolerance,
                tie: column === null ? "keep" : tie,
                noise
              })
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
            sampler: sampledBy,
            nComparisons,
            ties: total(
              all,
              ({ sample }) => sample.nDrawn - sample.strong.length + sample.tie.reduce((sum, isTie) => sum + isTie, 0)
            ),
            strongPercentile:
              nComparisons === 0 || column === null
                ? null
                : total(all, ({ sample, percentile }) => sumAt(sample.strong, percentile)) / nComparisons,
            weakPercentile:
              nComparisons === 0 || column === null
                ? null
                : total(all, ({ sample, percentile }) => sumAt(sample.weak, percentile)) / nComparisons
          })
          // Where rows share an id, their comparisons are not to.
          const nSeen = new Map<string, number>()
          return (row, _index, read) => {
            const nth = nSeen.get(row.id) ?? 0
            nSeen.set(row.id, nth + 1)
            if (numberOf(row) === null) {
              return [reject(`no ${column}`, `pair ${row.id} has no number in "${column}" to be compared by`)]
            }
            const split = row.split ?? "train"
            const state = drawn.get(split)!
            const { sample, order, indices } = state
            const own = state.own++
            const made: Array<RowOf<typeof PairOfPairs & { readonly split: typeof Schema.String }>> = []
            while (state.next < order.length && sample.strong[order[state.next]!] === own) {
              const at = order[state.next++]!
              const strong = sideOf(row, column === null ? null : numberOf(row))
              const other = read(indices.values[sample.weak[at]!]!)
              const weak = sideOf(other, column === null ? null : numberOf(other))
              const nBefore = made.filter((one) => one.weak.id === weak.id).length
              made.push({
                id: contentId(labelSource, sampledBy, strong.id, weak.id, nBefore, ...(nth === 0 ? [] : [nth])),
                strong,
                weak,
                sampler: sampledBy,
                labelSource,
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

const splitPairs = () => ({
  gaps: new TypedList(Float64Array),
  places: new TypedList(Float64Array),
  indices: new TypedList(Float64Array)
})

type SplitPairs = ReturnType<typeof splitPairs>

const sideOf = ({ chosen, id, prompt, rejected }: RowOf<typeof sides>, margin: number | null) => ({
  id,
  prompt,
  chosen,
  rejected,
  margin
})

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

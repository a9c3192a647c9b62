import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { EvenPicks } from "../math/EvenPicks.ts"
import { placeOf } from "../math/placeOf.ts"
import { TypedList } from "../math/TypedList.ts"
import { activeRounds } from "../pairings/activeRounds.ts"
import { samplePairsOfPairs } from "../pairings/samplePairsOfPairs.ts"
import { reject, Rejection } from "../Rejects.ts"
import { RowCalls } from "../RowCalls.ts"
import { Run } from "../Run.ts"
import { contentId } from "../Seed.ts"
import { whole } from "../Stage.ts"
import { type Annotator, type FullAnnotator, fullAnnotators } from "./Annotator.ts"
import { askGap } from "./askGap.ts"

/** Who labels comparisons while they are drawn, by what, how many, and what happens to ties. */
export interface JudgedPairsOfPairsOptions {
  readonly sampler: "active"
  /** The judges; each label names its judge as `labelSource`. A share is that of the comparisons. */
  readonly annotators: readonly [Annotator, ...ReadonlyArray<Annotator>]
  /** What decides, in words that follow "Decide"; see `compareGaps`. */
  readonly rubric?: string
  /** Comparisons asked about per pair. Default 1. */
  readonly k?: number
  /** Two preferences that are as strong as each other: the comparison is dropped (default) or kept with `tie`. */
  readonly tie?: "drop" | "keep"
  /** Tokens of an answer at most. Default 64; a model that thinks before it answers needs more. */
  readonly maxTokens?: number
}

/** A comparison that was asked about: where its sides are, who was asked, and what came of it. */
interface Asked {
  readonly first: number
  readonly second: number
  readonly annotator: string
  readonly said: "first" | "second" | "tie" | Rejection
}

const sides = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

/** Comparisons asked about at once. */
const concurrency = 256

/**
 * Draws comparisons of pairs in rounds and has judges label each round before the next is drawn: `pairOfPairs` with annotators.
 *
 * Each split is drawn by itself (`activeRounds`). Every comparison is asked about in both orders (`askGap`), a round's all at once. Ties
 * are learned from whether they are kept or dropped; comparisons without a label become rejects of the pair shown first, teach
 * nothing, count towards `k` and are not asked about again. So 2 · k · annotators calls a pair are the most, apart from follow-ups. The
 * same seed and answers give the same comparisons in whichever order the pairs are, so a run that was killed finds its answers in the
 * journal and goes on from there. A pair more in a split changes the draws of all rounds, so that most of its comparisons are new ones to ask
 * about; take `column: null` and `compareGaps` where data grow. Memory is some 300 bytes a comparison; the pairs stay on disk.
 */
export const judgedPairsOfPairs = (options: JudgedPairsOfPairsOptions) => {
  const { k = 1, maxTokens, rubric, tie = "drop" } = options
  const annotators = fullAnnotators(options.annotators)
  // Refuses options out of range now, not when every pair is there.
  samplePairsOfPairs({ gaps: new Float64Array(), places: new Float64Array(), k, sampler: "active", seed: "" })
  const sampler = `active(${k})`
  return whole({
    name: "pairOfPairs",
    needs: sides,
    uses: { split: Schema.String },
    gives: { ...PairOfPairs, split: Schema.String },
    keeps: false,
    config: {
      sampler: "active",
      k,
      annotators,
      rubric: rubric ?? null,
      tie,
      ...(maxTokens === undefined ? {} : { maxTokens })
    },
    callsPerRow: 2 * k * annotators.length,
    prefers: ["jsonSchema"],
    begin: (context, read) => {
      const splits = new Map<string, SplitRows>()

      const ask = Effect.fnUntraced(function* (first: number, second: number, annotator: FullAnnotator) {
        const [one, other] = [read(first), read(second)]
        const calls = new Set<string>()
        const id = contentId(one.id, other.id)
        const question = { id, first: one, second: other, annotator, rubric, maxTokens, seed: context.seed }
        const said = yield* Effect.provideService(askGap(question), RowCalls, calls)
        return { id: contentId(id, annotator.name), calls, asked: { first, second, annotator: annotator.name, said } }
      })

      const draw = Effect.fnUntraced(function* ([name, { indices, places }]: readonly [string, SplitRows]) {
        const { provenance } = yield* Run
        // By place, so that the rounds are the same in whichever order the rows are.
        const rows = Float64Array.from(new EvenPicks(places.values).order, (at) => indices.values[at]!)
        const rounds = activeRounds({ nItems: rows.length, random: context.random("sampler", name) })
        const all: Array<Asked> = []
        for (let left = k * rows.length; left > 0;) {
          const { first, second } = rounds.propose()
          if (first.length === 0) break
          const round = Array.from(first.subarray(0, left), (a, i) => ({ a, b: second[i]! }))
          left -= round.length
          const questions = round.flatMap(({ a, b }) => annotators.map((annotator) => ({ a, b, annotator })))
          const answers = yield* Effect.forEach(
            questions,
            ({ a, annotator, b }) => ask(rows[a]!, rows[b]!, annotator),
            { concurrency }
          )
          for (const [i, { asked, calls, id }] of answers.entries()) {
            provenance?.asked(context.key, id, calls)
            all.push(asked)
            const { said } = asked
            if (said instanceof Rejection) continue
            const { a, b } = questions[i]!
            const [strong, weak] = said === "second" ? [b, a] : [a, b]
            rounds.learn({ strong, weak, tied: said === "tie" })
          }
        }
        return all
      })

      return {
        see: (row, index) => {
          const name = row.split ?? "train"
          let rows = splits.get(name)
          if (rows === undefined) splits.set(name, (rows = splitRows()))
          rows.indices.push(index)
          rows.places.push(placeOf(row.id))
        },
        settle: Effect.gen(function* () {
          const drawn = yield* Effect.forEach(splits, draw, { concurrency: "unbounded" })
          const all = drawn.flat().toSorted((a, b) => a.first - b.first)
          const nTies = all.reduce((n, { said }) => n + Number(said === "tie"), 0)
          const nRejected = all.reduce((n, { said }) => n + Number(said instanceof Rejection), 0)
          context.publish({
            kind: "pairsOfPairs",
            sampler,
            nComparisons: all.length - nRejected - (tie === "drop" ? nTies : 0),
            ties: nTies,
            strongPercentile: null,
            weakPercentile: null
          })
          let next = 0
          return (row, index) => {
            const own: Array<Asked> = []
            while (next < all.length && all[next]!.first === index) own.push(all[next++]!)
            return own.map(({ annotator, said, second }) => {
              const other = read(second)
              if (said instanceof Rejection) return reject(said.reason, `beside pair ${other.id}: ${said.detail}`)
              if (said === "tie" && tie === "drop") {
                return reject("tie", `${annotator} finds it as strong as pair ${other.id}`)
              }
              const [strong, weak] = said === "second" ? [other, row] : [row, other]
              return {
                id: contentId(contentId(row.id, other.id), annotator),
                strong: sideOf(strong),
                weak: sideOf(weak),
                sampler,
                labelSource: annotator,
                tie: said === "tie",
                flipped: false,
                split: row.split ?? "train"
              }
            })
          }
        })
      }
    }
  })
}

const splitRows = () => ({ indices: new TypedList(Float64Array), places: new TypedList(Float64Array) })

type SplitRows = ReturnType<typeof splitRows>

const sideOf = ({ chosen, id, prompt, rejected }: Schema.Struct.Type<typeof sides>) => ({
  id,
  prompt,
  chosen,
  rejected,
  margin: null
})

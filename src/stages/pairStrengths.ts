import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { PairStrength } from "../../schemas/PairStrength.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import { bradleyTerry } from "../pairings/bradleyTerry.ts"
import { strengthMargins } from "../pairings/strengthMargins.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { type RowOf, whole } from "../Stage.ts"

/** How strengths are fitted and turned into margins. */
export interface PairStrengthsOptions {
  /** Standard deviation of the prior of a strength, in logits. Default 3. */
  readonly priorSd?: number
  /** Margin per logit of strength. Default 1. */
  readonly scale?: number
  /** Largest margin. Default none. */
  readonly most?: number
}

/**
 * Estimates how strong each preference is from pairs of pairs, and gives each pair once with a margin for its trainer.
 *
 * Fits Bradley-Terry strengths over the comparisons of each split, ties as half a win for both; see `bradleyTerry` for the
 * numbers and `strengthMargins` for the scale. Strengths of pairs that no chain of comparisons connects cannot be compared:
 * pairs outside the largest connected part of their split become rejects ("not connected"). So do comparisons that nobody
 * labelled. Rows come in the order in which pairs first appear. Memory is some 50 bytes a pair and 20 a comparison, and what
 * the fit takes.
 *
 * Source: the offline margin for DPO-PoP data is ours; the paper (https://arxiv.org/abs/2509.22851) infers margins in training.
 */
export const pairStrengths = (options: PairStrengthsOptions = {}) => {
  const { priorSd = 3 } = options
  // Refuses options out of range now, not when every comparison is there.
  bradleyTerry({ nItems: 0, strong: new Int32Array(), weak: new Int32Array() }, { priorSd })
  strengthMargins(new Float64Array(), options)
  return whole({
    name: "pairStrengths",
    needs: {
      id: Schema.String,
      strong: PairOfPairs.strong,
      weak: PairOfPairs.weak,
      labelSource: PairOfPairs.labelSource,
      tie: PairOfPairs.tie
    },
    uses: { split: Schema.String },
    gives: PairStrength,
    keeps: false,
    config: { priorSd, scale: options.scale ?? 1, most: options.most ?? null },
    begin: (context) => {
      const splits = new Map<string, Compared>()
      return {
        see: (row) => {
          if (row.labelSource === unlabelled) return
          const name = row.split ?? "train"
          let split = splits.get(name)
          if (split === undefined) splits.set(name, (split = compared()))
          split.strong.push(split.index.add(row.strong.id))
          split.weak.push(split.index.add(row.weak.id))
          split.tie.push(Number(row.tie))
        },
        settle: Effect.sync(() => {
          const fitted = new Map([...splits].map(([name, split]) => [name, fit(split, priorSd, options)] as const))
          const all = [...fitted.values()]
          context.publish({
            kind: "strengths",
            nPairs: total(all, ({ index }) => index.size),
            nComparisons: total(all, ({ nComparisons }) => nComparisons),
            outside: total(all, ({ component, largest }) =>
              component.reduce((sum, c) => sum + Number(c !== largest), 0)
            ),
            determined: all.every(({ determined }) => determined),
            converged: all.every(({ converged }) => converged),
            meanError: meanError(all)
          })
          return (row) => {
            if (row.labelSource === unlabelled) {
              return [reject("no label", `comparison ${row.id} was labelled by nobody; label it with compareGaps`)]
            }
            const split = row.split ?? "train"
            const made = fitted.get(split)!
            return [row.strong, row.weak].flatMap((side): ReadonlyArray<RowOf<typeof PairStrength> | Rejection> => {
              const at = made.index.add(side.id)
              if (made.given[at] === 1) return []
              made.given[at] = 1
              if (made.component[at] !== made.largest) {
                const found = `no chain of comparisons leads from pair ${side.id} to the largest part of split "${split}"`
                return [reject("not connected", found)]
              }
              const { chosen, id, prompt, rejected } = side
              const [strength, strengthError] = [made.strength[at]!, made.standardError[at]!]
              const nCompared = made.nCompared[at]!
              return [
                { id, prompt, chosen, rejected, margin: made.margin[at]!, strength, strengthError, nCompared, split }
              ]
            })
          }
        })
      }
    }
  })
}

/** The source of labels of comparisons that have none. */
const unlabelled = "none"

const compared = () => ({
  index: new HashIndex(),
  strong: new TypedList(Int32Array),
  weak: new TypedList(Int32Array),
  tie: new TypedList(Uint8Array)
})
type Compared = ReturnType<typeof compared>

const fit = ({ index, strong, tie, weak }: Compared, priorSd: number, options: PairStrengthsOptions) => {
  const nItems = index.size
  const found = bradleyTerry({ nItems, strong: strong.values, weak: weak.values, tie: tie.values }, { priorSd })
  const nCompared = new Int32Array(nItems)
  for (const items of [strong.values, weak.values]) for (const item of items) nCompared[item]!++
  const connected = found.strength.map((g, i) => (found.component[i] === found.largest ? g : Number.NaN))
  return {
    ...found,
    index,
    nComparisons: strong.length,
    nCompared,
    margin: strengthMargins(connected, options),
    given: new Uint8Array(nItems)
  }
}

/** A split with its strengths. */
type Fitted = ReturnType<typeof fit>

const meanError = (all: ReadonlyArray<Fitted>): number | null => {
  let sum = 0
  let n = 0
  for (const { component, largest, standardError } of all) {
    for (const [i, error] of standardError.entries()) {
      if (component[i] !== largest) continue
      sum += error
      n++
    }
  }
  return n === 0 ? null : sum / n
}

const total = <A>(items: ReadonlyArray<A>, count: (item: A) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0)

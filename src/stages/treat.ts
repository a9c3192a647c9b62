import * as Schema from "effect/Schema"
import { treat as decide, type Treatment } from "../cleaners/treat.ts"
import { reject } from "../Rejects.ts"
import { type RowOf, type Stage, reshape } from "../Stage.ts"
import { onColumns } from "./onColumns.ts"
import { perRun } from "./perRun.ts"
import { turnSides } from "./turnSides.ts"

/** What is done about suspect pairs, and what depends on their order. */
export interface TreatOptions<T extends Treatment, Negated extends string> {
  readonly treatment: T
  /** Columns besides `margin` whose sign changes when a pair is flipped, such as gaps between rewards. Default none. */
  readonly negated?: ReadonlyArray<Negated>
}

/** What a treatment reads. */
export type TreatNeeds<T extends Treatment> = {
  keep: { readonly chosen: unknown; readonly rejected: unknown }
  weight: TreatNeeds<"keep"> & { readonly labelProb: number | null }
  softLabel: TreatNeeds<"weight">
  flip: TreatNeeds<"keep"> & { readonly flagged: boolean }
  remove: TreatNeeds<"flip">
}[T]

const gives = { flipped: Schema.Boolean, weight: Schema.Finite, target: Schema.Finite }

/** The columns `treat` adds. */
export type TreatGives = RowOf<typeof gives>

const probability = { labelProb: Schema.NullOr(Schema.Finite) }
const flag = { flagged: Schema.Boolean }
const needs = { keep: {}, weight: probability, softLabel: probability, flip: flag, remove: flag }

/**
 * Does something about pairs that a rule found suspect: "keep", "weight", "softLabel", "flip" or "remove".
 *
 * "flip" and "remove" read `flagged`, as `flag` gives it; "weight" and "softLabel" read `labelProb`, the probability in [0, 1] that
 * the order is right. Adds `flipped`; `weight`, what the pair counts for; and `target`, the probability that the text now called
 * chosen is the better one, for a soft loss. Where `labelProb` is null the pair keeps weight and target 1.
 *
 * A flipped pair has `chosen` and `rejected` exchanged, and all that depends on their order: columns whose names differ only in
 * "chosen" and "rejected" change places, `margin` and the `negated` columns change sign, `labelProb` and `plantedCorrect` turn
 * into their opposites. Ids, `flagged` and `suspicion` stay: they tell about the pair as it was. A removed pair is a reject with
 * the whole row as its detail, so nothing is lost. Publishes a finding: how many rows were weighted, flipped, removed or went on as
 * they were. No randomness; each row by itself.
 */
export const treat = <const T extends Treatment, const Negated extends string = never>(
  options: TreatOptions<T, Negated>
): Stage<TreatNeeds<T> & { readonly [K in Negated]: number | null }, TreatGives, true> => {
  const { negated = [], treatment } = options
  const config = { treatment, negated }
  const outline = { name: "treat", needs: needs[treatment], gives, config }
  return onColumns(outline, (columns) => {
    const sides = turnSides("treat", columns, negated)
    const countsOf = perRun(() => ({ nRows: 0, untouched: 0, weighted: 0, flipped: 0, removed: 0, sum: 0 }))
    return reshape({
      name: "treat",
      needs: { ...outline.needs, ...sides.columns },
      gives: { ...sides.columns, ...gives },
      keeps: true,
      config,
      row: (row, context) => {
        const counts = countsOf(context)
        counts.nRows++
        const { flagged = false, labelProb = null } = row as { flagged?: boolean; labelProb?: number | null }
        const isFlagged = Uint8Array.of(Number(flagged))
        const decided = decide(treatment, { flagged: isFlagged, labelProb: Float64Array.of(labelProb ?? 1) })
        if (decided.kept[0] === 0) {
          counts.removed++
          return [reject("suspect pair", JSON.stringify(row))]
        }
        const flipped = decided.flipped[0] === 1
        const [weight, target] = [decided.weight[0]!, decided.target[0]!]
        counts.sum += weight * target
        if (flipped) counts.flipped++
        else if (weight * target < 1) counts.weighted++
        else counts.untouched++
        return [{ ...sides.of(row, flipped), flipped, weight, target }]
      },
      tally: (context) => ({
        add: () => {},
        finding: () => {
          const { sum, ...counts } = countsOf(context)
          const nOn = counts.nRows - counts.removed
          return { kind: "treatments", treatment, ...counts, meanWeight: nOn === 0 ? null : sum / nOn }
        }
      })
    })
  })
}

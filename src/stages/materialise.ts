import * as Schema from "effect/Schema"
import { type Materialisation, materialiseWeights } from "../cleaners/materialiseWeights.ts"
import { reject } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf, type Stage } from "../Stage.ts"
import { onColumns } from "./onColumns.ts"
import { turnSides } from "./turnSides.ts"

const needs = { id: Schema.String, labelProb: Schema.NullOr(Schema.Finite) }
const gives = { id: Schema.String, flipped: Schema.Boolean, copy: Schema.Int }

/** What `materialise` reads and gives. */
export type MaterialiseNeeds = RowOf<typeof needs> & { readonly chosen: unknown; readonly rejected: unknown }
/** The columns `materialise` adds or rewrites. */
export type MaterialiseGives = RowOf<typeof gives>

/**
 * Writes label probabilities into the rows themselves, for trainers that read neither weights nor soft labels.
 *
 * `rule`: "drop" or "flip" pairs whose `labelProb` is below `threshold`; "thin" keeps a pair with probability
 * `|2 labelProb - 1|`; "repeat" writes up to `most` copies of it. "thin" and "repeat" flip pairs below one half, so that on
 * average a pair pulls as hard as its soft label would. Where `labelProb` is null the pair counts as certain, as it does for a trainer
 * without weights: it is written as it is, by "repeat" `most` times.
 *
 * A flipped pair is turned as by `treat`. `copy` numbers the copies from 0; the first keeps the id of the pair, others get one of their
 * own. A pair that is written no time is a reject with the whole row as its detail. Draws depend on the run's seed and the pair's
 * id alone. Throws a RangeError on a threshold or `most` out of range when the stage is made, on a `labelProb` outside [0, 1] when the row comes.
 *
 * Source: stochastic rounding; first-order match of the logistic loss
 */
export const materialise = (how: Materialisation): Stage<MaterialiseNeeds, MaterialiseGives, true> => {
  // Refuses options out of range now, not when the first pair comes.
  materialiseWeights({ labelProb: new Float64Array(), rowId: [] }, how, 0)
  return onColumns({ name: "materialise", needs, gives, config: how }, (columns) => {
    const sides = turnSides("materialise", columns)
    return reshape({
      name: "materialise",
      needs: { ...needs, ...sides.columns },
      gives: { ...sides.columns, ...gives },
      keeps: true,
      config: how,
      row: (given, { key, seed }) => {
        const row = given as MaterialiseNeeds
        const labelProb = Float64Array.of(row.labelProb ?? 1)
        const made = materialiseWeights({ labelProb, rowId: [row.id] }, how, `${key} ${seed}`)
        if (made.copies[0] === 0) return [reject(`left out by "${how.rule}"`, JSON.stringify(row))]
        const flipped = made.flipped[0] === 1
        return Array.from({ length: made.copies[0]! }, (_, copy) => ({
          ...sides.of(row, flipped),
          id: copy === 0 ? row.id : contentId(row.id, "copy", copy),
          flipped,
          copy
        }))
      }
    })
  })
}

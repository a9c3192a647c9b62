import { keyedRandom } from "../math/keyedRandom.ts"
import { sigmoid } from "../math/sigmoid.ts"
import { checkColumns } from "./Flags.ts"

/** Which labels are flipped, and how likely. Rates are probabilities in [0, 1]. */
export type NoisePlan =
  | { readonly kind: "uniform"; readonly rate: number }
  /** One rate per annotator or class, `group` naming that of each row; every group needs a rate. */
  | {
      readonly kind: "perAnnotator" | "perClass"
      readonly group: ReadonlyArray<string>
      readonly rates: ReadonlyMap<string, number>
    }
  /** `rate` where the margin is 0, falling with its size as `2 rate sigmoid(-|margin| / scale)`; `scale` is above 0. */
  | { readonly kind: "byMargin"; readonly margin: Float64Array; readonly rate: number; readonly scale: number }

/** What was done to every row. */
export interface PlantedNoise {
  /** 1 where the sides are to be exchanged. */
  readonly flipped: Uint8Array
  /** The probability the row was flipped with. */
  readonly probability: Float64Array
  readonly nFlipped: number
  /** Share of rows flipped; NaN without rows. */
  readonly rate: number
}

/**
 * Decides which labels to spoil on purpose, and records it, so that a cleaner can be tested or a recipe can ask for noise.
 *
 * One entry per row, in the order given. A row is flipped if its draw, made from `seed` and its id alone, is below its
 * probability: rows added or moved change no other row, and a higher rate flips the same rows and more. So the number of
 * flips varies around its expectation. Time O(N). Throws a RangeError on unequal lengths, a rate outside [0, 1], a group
 * without a rate, a margin that is NaN or a scale that is not above 0.
 */
export const plantNoise = (rowId: ReadonlyArray<string>, plan: NoisePlan, seed: string | number): PlantedNoise => {
  const probability = probabilities(rowId.length, plan)
  const flipped = Uint8Array.from(rowId, (id, i) => Number(keyedRandom("plantNoise", seed, id)() < probability[i]!))
  const nFlipped = flipped.reduce((sum, flip) => sum + flip, 0)
  return { flipped, probability, nFlipped, rate: nFlipped / rowId.length }
}

const action = "Cannot plant noise"

const probabilities = (nRows: number, plan: NoisePlan): Float64Array => {
  if (plan.kind === "uniform") return new Float64Array(nRows).fill(checked(plan.rate, "rate"))
  if (plan.kind === "byMargin") {
    const { margin, scale } = plan
    checkColumns(action, nRows, { margin })
    checked(plan.rate, "rate")
    if (!(scale > 0)) throw new RangeError(`${action}: found scale ${scale}, expected a number above 0`)
    const bad = margin.findIndex(Number.isNaN)
    if (bad >= 0) throw new RangeError(`${action}: found margin NaN at row ${bad}, expected a number`)
    return margin.map((m) => 2 * plan.rate * sigmoid(-Math.abs(m) / scale))
  }
  const { group, kind, rates } = plan
  checkColumns(action, nRows, { group })
  return Float64Array.from(group, (name) =>
    checked(rates.get(name), `rate of ${kind === "perClass" ? "class" : "annotator"} "${name}"`)
  )
}

const checked = (rate: number | undefined, what: string): number => {
  if (rate === undefined || !(rate >= 0 && rate <= 1)) {
    throw new RangeError(
      `${action}: found ${rate ?? "no"} ${rate === undefined ? what : `as ${what}`}, expected 0 to 1`
    )
  }
  return rate
}

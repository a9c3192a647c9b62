import { keyedRandom } from "../math/keyedRandom.ts"
import { checkColumns } from "./Flags.ts"

/** How rows stand in for weights. */
export type Materialisation =
  /** Drop, or flip, where `labelProb` is below the threshold. */
  | { readonly rule: "drop" | "flip"; readonly threshold: number }
  /** Keep a row with probability `|2 labelProb - 1|`. */
  | { readonly rule: "thin" }
  /** As "thin", with `most` copies, a positive integer, of a row that is certain. */
  | { readonly rule: "repeat"; readonly most: number }

/** Input of `materialiseWeights`: one entry per row. */
export interface MaterialiseInput {
  /** Probability, in [0, 1], that the recorded order is right. */
  readonly labelProb: Float64Array
  /** Ids that draw the random numbers. */
  readonly rowId: ReadonlyArray<string>
}

/** How often each row is written, and whether with its sides exchanged. */
export interface MaterialisedWeights {
  readonly copies: Int32Array
  readonly flipped: Uint8Array
}

/**
 * Decides how often each row is written, for trainers that read neither weights nor soft labels.
 *
 * "thin" and "repeat" flip rows below 1/2 and draw the number of copies so that copies, counted negative where flipped,
 * are `2 labelProb - 1` on average ("repeat": times `most`): the pull that a soft label exerts on a score gap of zero.
 * "repeat" rounds up with the probability of the fraction, so a row varies by less than one copy. A row's draw depends on
 * `seed` and its id alone. A weight v in [0, 1] that is no probability is brought in as `(1 + v) / 2`. Time O(N). Throws a
 * RangeError on unequal lengths, a `labelProb` outside [0, 1] or NaN, or a bad `most` or threshold.
 *
 * Source: stochastic rounding; first-order match of the logistic loss.
 */
export const materialiseWeights = (
  { labelProb, rowId }: MaterialiseInput,
  how: Materialisation,
  seed: string | number
): MaterialisedWeights => {
  check({ labelProb, rowId }, how)
  const copies = new Int32Array(rowId.length).fill(1)
  const flipped = new Uint8Array(rowId.length)
  for (const [i, w] of labelProb.entries()) {
    if (how.rule === "drop") copies[i] = Number(w >= how.threshold)
    else if (how.rule === "flip") flipped[i] = Number(w < how.threshold)
    else {
      const expected = Math.abs(2 * w - 1) * (how.rule === "repeat" ? how.most : 1)
      copies[i] = Math.floor(expected + keyedRandom("materialiseWeights", seed, rowId[i]!)())
      flipped[i] = Number(w < 0.5)
    }
  }
  return { copies, flipped }
}

const check = ({ labelProb, rowId }: MaterialiseInput, how: Materialisation): void => {
  const action = "Cannot materialise weights"
  checkColumns(action, rowId.length, { labelProb })
  const bad = labelProb.findIndex((w) => !(w >= 0 && w <= 1))
  if (bad >= 0) throw new RangeError(`${action}: found labelProb ${labelProb[bad]} at row ${bad}, expected 0 to 1`)
  if ("most" in how && !(Number.isInteger(how.most) && how.most >= 1)) {
    throw new RangeError(`${action}: found most ${how.most}, expected a positive integer`)
  }
  if ("threshold" in how && !(how.threshold >= 0 && how.threshold <= 1)) {
    throw new RangeError(`${action}: found threshold ${how.threshold}, expected 0 to 1`)
  }
}

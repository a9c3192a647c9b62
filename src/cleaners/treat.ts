import { checkColumns } from "./Flags.ts"

/** What is done about suspect labels. */
export type Treatment = "keep" | "weight" | "softLabel" | "flip" | "remove"

/** Input of `treat`: one entry per row. */
export interface TreatInput {
  /** 1 where a rule found the row suspect; read by "flip" and "remove". */
  readonly flagged: Uint8Array
  /** Probability, in [0, 1], that the recorded order is right; needed by "weight" and "softLabel". */
  readonly labelProb?: Float64Array
}

/** What became of every row: one entry per row, in the order given. */
export interface Treated {
  /** 1 where the row goes on, 0 where it goes to the rejects. */
  readonly kept: Uint8Array
  /** 1 where chosen and rejected are to be exchanged. */
  readonly flipped: Uint8Array
  /** What the row counts for, from 0. */
  readonly weight: Float64Array
  /** Probability that the response called chosen, after flipping, is the better one: what a soft loss is given. */
  readonly target: Float64Array
}

/**
 * Turns flags and posteriors into a decision per row, without touching the rows.
 *
 * "keep" changes nothing; "remove" drops flagged rows; "flip" exchanges the sides of flagged rows; "weight" lets every row
 * count for its `labelProb`; "softLabel" makes `labelProb` the target of every row. All rows stay in their place, so
 * output and flagged rows of "remove" are the input. Time O(N). Throws a RangeError when "weight" or "softLabel" has no
 * `labelProb`, or on unequal lengths.
 */
export const treat = (treatment: Treatment, { flagged, labelProb }: TreatInput): Treated => {
  const action = `Cannot treat labels by "${treatment}"`
  if (labelProb !== undefined) checkColumns(action, flagged.length, { labelProb })
  const ones = () => new Float64Array(flagged.length).fill(1)
  const probabilities = () => {
    if (labelProb === undefined) {
      throw new RangeError(`${action}: found no labelProb, expected one for each row; run a cleaner that estimates it`)
    }
    return labelProb.slice()
  }
  return {
    kept: flagged.map((flag) => (treatment === "remove" && flag !== 0 ? 0 : 1)),
    flipped: flagged.map((flag) => (treatment === "flip" && flag !== 0 ? 1 : 0)),
    weight: treatment === "weight" ? probabilities() : ones(),
    target: treatment === "softLabel" ? probabilities() : ones()
  }
}

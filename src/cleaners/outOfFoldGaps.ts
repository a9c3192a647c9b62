import { type BradleyTerryInput, type BradleyTerryOptions, fitBradleyTerry } from "./fitBradleyTerry.ts"
import { promptFolds } from "./promptFolds.ts"
import { scoreGap } from "./scoreGap.ts"

/** Input of `outOfFoldGaps`: one entry per pair; with `rows`, all others are neither learned from nor scored. */
export interface OutOfFoldInput extends BradleyTerryInput {
  /** Which prompt a pair belongs to, so that pairs of one prompt stay together. */
  readonly promptId: ReadonlyArray<string>
}

/** Options of `outOfFoldGaps`. */
export interface OutOfFoldOptions extends BradleyTerryOptions {
  /** Parts the prompts are cut into, at least 2; default 5. */
  readonly nFolds?: number
}

/** Result of `outOfFoldGaps`. */
export interface OutOfFoldGaps {
  /** Per pair, score of the chosen less score of the rejected response, in logits; NaN if there is one prompt alone, or outside `rows`. */
  readonly gap: Float64Array
  /** Per pair, the part it belongs to, from 0: the gap comes from a model trained on all other parts; -1 outside `rows`. */
  readonly fold: Int32Array
}

/**
 * Scores every pair by a reward model that saw neither its label nor any label about its prompt.
 *
 * Prompts are cut into parts by `promptFolds`, so neither labels nor the order of rows decide. Per part a `fitBradleyTerry` learns from the other
 * parts. A changed target of a pair leaves its own gap and those of its part as they are, to the last bit; that makes the
 * gap fit as evidence about the label. `sigmoid(gap)` speaks of labels as recorded, noise included, and is timid where
 * there are few pairs: calibrate it before use as a probability. Different prompts with the same text are told apart by
 * their ids alone.
 *
 * Deterministic. Time `nFolds` fits, one after the other. No pairs give empty arrays. Throws a RangeError as
 * `fitBradleyTerry` does, and on a number of ids other than that of pairs or `nFolds` below 2.
 *
 * Source: cross-fitting as in confident learning, Northcutt et al. 2021, https://doi.org/10.1613/jair.1.12125
 */
export const outOfFoldGaps = (input: OutOfFoldInput, options: OutOfFoldOptions = {}): OutOfFoldGaps => {
  const { nFolds = 5, ...fitOptions } = options
  const { differences, promptId } = input
  if (promptId.length !== differences.starts.length - 1) {
    throw new RangeError(
      `Cannot score out of fold: found ${promptId.length} prompt ids for ${differences.starts.length - 1} pairs, expected one each`
    )
  }
  const rows = input.rows ?? Int32Array.from(promptId.keys())
  const foldOfRow = promptFolds(
    Array.from(rows, (i) => promptId[i]!),
    nFolds
  )
  const fold = new Int32Array(promptId.length).fill(-1)
  for (const [at, i] of rows.entries()) fold[i] = foldOfRow[at]!
  const gap = new Float64Array(promptId.length).fill(Number.NaN)
  const used = fold.reduce((most, k) => Math.max(most, k + 1), 0)
  for (let k = 0; k < used && used > 1; k++) {
    const coefficients = fitBradleyTerry({ ...input, rows: rows.filter((i) => fold[i] !== k) }, fitOptions)
    for (const i of rows) if (fold[i] === k) gap[i] = scoreGap(differences, i, coefficients)
  }
  return { gap, fold }
}

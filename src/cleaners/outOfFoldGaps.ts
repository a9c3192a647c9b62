import { hash128 } from "../math/keyedRandom.ts"
import type { SparseRows } from "../math/SparseRows.ts"
import { type BradleyTerryInput, type BradleyTerryOptions, fitBradleyTerry } from "./fitBradleyTerry.ts"

/** Input of `outOfFoldGaps`: one entry per pair. */
export interface OutOfFoldInput extends Omit<BradleyTerryInput, "rows"> {
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
  /** Per pair, score of the chosen less score of the rejected response, in logits; NaN if there is one prompt alone. */
  readonly gap: Float64Array
  /** Per pair, the part it belongs to, from 0: the gap comes from a model trained on all other parts. */
  readonly fold: Int32Array
}

/**
 * Scores every pair by a reward model that saw neither its label nor any label about its prompt.
 *
 * Prompts are cut into parts of almost equally many prompts, in the order of a hash of their ids, so neither labels nor
 * the order of rows decide; there are never more parts than prompts. Per part a `fitBradleyTerry` learns from the other
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
  const fold = foldsByPrompt(promptId, nFolds)
  if (promptId.length !== differences.starts.length - 1) {
    throw new RangeError(
      `Cannot score out of fold: found ${promptId.length} prompt ids for ${differences.starts.length - 1} pairs, expected one each`
    )
  }
  const gap = new Float64Array(promptId.length).fill(Number.NaN)
  const used = fold.reduce((most, k) => Math.max(most, k + 1), 0)
  for (let k = 0; k < used && used > 1; k++) {
    const rows = Int32Array.from(fold.keys()).filter((i) => fold[i] !== k)
    const coefficients = fitBradleyTerry({ ...input, rows }, fitOptions)
    for (let i = 0; i < fold.length; i++) if (fold[i] === k) gap[i] = rowScore(differences, i, coefficients)
  }
  return { gap, fold }
}

/** The product of one sparse row with a vector. */
const rowScore = ({ columns, starts, values }: SparseRows, row: number, coefficients: Float64Array): number => {
  let sum = 0
  for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += coefficients[columns[at]!]! * values[at]!
  return sum
}

/** Deals the prompts out in the order of a hash of their ids, ties by id. */
const foldsByPrompt = (promptId: ReadonlyArray<string>, nFolds: number): Int32Array => {
  if (!(Number.isInteger(nFolds) && nFolds >= 2)) {
    throw new RangeError(`Cannot score out of fold: found nFolds ${nFolds}, expected an integer from 2`)
  }
  const prompts = [...new Set(promptId)]
    .map((id) => ({ id, key: hash128(id)[0] }))
    .sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1))
  const foldOf = new Map(prompts.map(({ id }, i) => [id, i % nFolds]))
  return Int32Array.from(promptId, (id) => foldOf.get(id)!)
}

import { hash128, keyedRandom } from "./math/keyedRandom.ts"

/**
 * Makes the generator for one row in one stage.
 *
 * The sequence depends on the run seed, the stage, the row id and whatever else names the draw, and on nothing else: not on
 * batch size, order of completion or concurrency.
 */
export const random = (
  seed: number,
  stage: string,
  rowId: string,
  ...draw: ReadonlyArray<string | number>
): (() => number) => keyedRandom(seed, stage, rowId, ...draw)

/**
 * Derives a stable id from content: 24 hexadecimal digits (96 bits).
 *
 * Parts are joined with a separator, so `["ab", "c"]` and `["a", "bc"]` differ. Two different contents share an id with
 * probability below 1e-14 in a set of a million.
 */
export const contentId = (...parts: ReadonlyArray<string | number>): string => {
  const [a, b, c] = hash128(parts.join("\u001f"))
  return hexOf(a) + hexOf(b) + hexOf(c)
}

/** The four digits of every 16 bits: much faster than formatting each word anew. */
const digits = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, "0"))

const hexOf = (word: number): string => digits[word >>> 16]! + digits[word & 0xffff]!

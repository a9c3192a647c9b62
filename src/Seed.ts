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
export const contentId = (...parts: ReadonlyArray<string | number>): string =>
  hash128(parts.join("\u001f"))
    .slice(0, 3)
    .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
    .join("")

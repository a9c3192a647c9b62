/**
 * Ranks of two replies by how many opinions are for the first, for the second and for neither: 0 the better one, 1 the other, both 0 for a tie.
 *
 * A reply is better where more say so than say each of the two other things.
 */
export const majorityRanks = (nFirst: number, nSecond: number, nTies: number): readonly [number, number] =>
  nFirst > Math.max(nSecond, nTies) ? [0, 1] : nSecond > Math.max(nFirst, nTies) ? [1, 0] : [0, 0]

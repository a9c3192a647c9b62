import { hash128 } from "./keyedRandom.ts"

/**
 * Where a text stands in an order that depends on texts alone: 53 bits of its hash, as a whole number from 0.
 *
 * That two of n texts share a place has a probability of n² / 2^54. Deterministic; time O(length).
 */
export const placeOf = (text: string): number => {
  const [, second, third] = hash128(text)
  return (second >>> 0) * 2 ** 21 + (third >>> 11)
}

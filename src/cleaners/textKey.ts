import { hash128 } from "../math/keyedRandom.ts"

/**
 * Makes a short key under which texts are the same that differ in white space or in the composition of accents alone.
 *
 * Each run of white space counts as one space, none at the ends; case counts. 128 bits as a string of 8 characters, so
 * different texts share a key with a chance of about 1e-26 in a million. Time O(length).
 */
export const textKey = (text: string): string => {
  const words = hash128(text.normalize("NFC").replace(/\s+/gu, " ").trim())
  return String.fromCharCode(...words.flatMap((word) => [word & 0xffff, word >>> 16]))
}

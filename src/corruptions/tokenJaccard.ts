import { splitWords } from "../math/splitWords.ts"

/**
 * Measures how many different words two texts share: size of the intersection over size of the union.
 *
 * In [0, 1]; 1 when the sets of words are equal, also when both are empty. Order and repetition do not count, nor does
 * upper or lower case; composed and decomposed accents are the same. White space and signs are not words. Words are
 * those of `splitWords`. Symmetric. Time and memory O(length).
 *
 * Source: Jaccard 1912, https://doi.org/10.1111/j.1469-8137.1912.tb05611.x
 */
export const tokenJaccard = (a: string, b: string): number => {
  const setA = wordSet(a)
  const setB = wordSet(b)
  const union = setA.union(setB).size
  return union === 0 ? 1 : (setA.size + setB.size - union) / union
}

const wordSet = (text: string): Set<string> =>
  new Set(splitWords(text.normalize("NFC").toLowerCase()).filter((piece) => /[\p{L}\p{N}]/u.test(piece)))

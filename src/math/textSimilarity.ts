import * as Wording from "./Wording.ts"

/**
 * Measures how much of their wording two texts share: the Dice coefficient of their neighbouring words.
 *
 * A text is the bag of its pairs of neighbours among the words and signs of `splitWords`, with its two ends as neighbours of
 * the first and the last; white space, case and the composition of accents do not count. The result is twice the number of
 * pairs in both, each as often as it is in both, over the number in all: in [0, 1], symmetric, 1 for equal texts and two empty
 * ones. One word changed in the middle of n costs `2 / (n + 1)`. It may be 1 for long texts that differ in the order of
 * passages. Pairs are told apart by 32-bit hashes. Time O(n log n) for n words; to compare one text with many see `Wording`.
 *
 * Source: Dice 1945, https://doi.org/10.2307/1932409
 */
export const textSimilarity = (a: string, b: string): number => Wording.similarity(Wording.of(a), Wording.of(b))

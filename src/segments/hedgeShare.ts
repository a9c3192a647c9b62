const hedges = new Set(
  (
    "maybe perhaps possibly probably presumably might may could would seem seems seemed apparently likely unlikely guess " +
    "suppose think believe assume unsure uncertain roughly approximately somewhat wait hmm alternatively"
  ).split(" ")
)

/**
 * Share of some words that hedge ("maybe", "might", "seems"), 0 to 1; null for no words.
 *
 * English words only, whatever their sense: "May 5" counts. Case does not count. The list is ours.
 */
export const hedgeShare = (words: ReadonlyArray<string>): number | null =>
  words.length === 0 ? null : words.filter((word) => hedges.has(word.toLowerCase())).length / words.length

/** How one reply of a pair holds the other. */
export type ContainedReply = "equal" | "almostEqual" | "chosenInRejected" | "rejectedInChosen"

/** A reply of fewer characters stands inside another one by chance. */
const fewest = 16

/**
 * Tells whether the replies of a pair are the same, or one stands whole inside the other; null where neither.
 *
 * `equal` is the same to the letter, `almostEqual` but for white space and the coding of accents, which also do not count for being
 * contained. A reply of fewer than 16 characters, or an empty one, is never taken for contained. Time linear in the texts but for the
 * search, which is the engine's own.
 */
export const containedReply = (chosen: string, rejected: string): ContainedReply | null => {
  if (chosen === rejected) return "equal"
  const better = plain(chosen)
  const worse = plain(rejected)
  if (better === worse) return "almostEqual"
  if (better.length >= fewest && better.length < worse.length && worse.includes(better)) return "chosenInRejected"
  if (worse.length >= fewest && worse.length < better.length && better.includes(worse)) return "rejectedInChosen"
  return null
}

const plain = (text: string): string => text.normalize("NFC").replace(/\s+/gu, " ").trim()

/** What truncation leaves of a pair: two replies that differ, two that are the same, or no token of either. */
export type TruncatedPair = "different" | "same" | "noReply"

/**
 * Tells whether the replies of a pair still differ when prompt and reply together are cut at the end to `maxLength` tokens.
 *
 * A trainer sees the same tokens twice where the prompt alone fills the length (`noReply`) or where the replies first differ behind
 * the cut (`same`): the loss is constant, log 2, and nothing is learnt. Tokens are read no further than the answer needs, so the arguments
 * may be generators. Replies that are the same to the last token are `same` at any length. Throws a RangeError unless `maxLength` is
 * a positive integer.
 *
 * Source: https://github.com/natolambert/rlhf-book/pull/504, https://github.com/OpenRLHF/OpenRLHF/issues/1311
 */
export const truncatedPair = (
  prompt: Iterable<number>,
  chosen: Iterable<number>,
  rejected: Iterable<number>,
  maxLength: number
): TruncatedPair => {
  if (!(Number.isInteger(maxLength) && maxLength > 0)) {
    throw new RangeError(`Cannot cut a pair: found maxLength ${maxLength}, expected a positive integer`)
  }
  let left = maxLength
  for (const _ of prompt) if (--left === 0) return "noReply"
  const better = chosen[Symbol.iterator]()
  const worse = rejected[Symbol.iterator]()
  while (left-- > 0) {
    const a = better.next()
    const b = worse.next()
    if (a.done === true && b.done === true) return "same"
    if (a.done === true || b.done === true || a.value !== b.value) return "different"
  }
  return "same"
}

import * as Sign from "./Sign.ts"

/**
 * Counts the words of a text: the pieces of `splitWords` with a letter or a digit.
 *
 * Scripts written without spaces count one for each character. Time O(length), a quarter of that of `splitWords`.
 */
export const countWords = (text: string): number => {
  let nWords = 0
  /** 1 within a word that is counted already. */
  let counted = 0
  for (let at = 0; at < text.length; at++) {
    const sign = Sign.at(text, at)
    const spoken = sign & Sign.spoken
    if ((sign & unusual) === 0) {
      // Without a condition on what the sign is: where words end cannot be guessed ahead.
      nWords += spoken & ~counted
      counted = spoken
      continue
    }
    if ((sign & Sign.apart) !== 0) {
      nWords += spoken
      counted = 0
    } else if ((sign & Sign.word) !== 0 || Sign.joins(text, at, sign)) {
      nWords += spoken & ~counted
      counted |= spoken
    } else counted = 0
    if ((sign & Sign.pair) !== 0) at++
  }
  return nWords
}

/** What makes a look at the word so far necessary. */
const unusual = Sign.mark | Sign.apart | Sign.apostrophe | Sign.point | Sign.pair

import * as Sign from "./Sign.ts"

/**
 * Finds where the piece ends (exclusive) that begins at `from`, as `splitWords` cuts pieces, without making one.
 *
 * For reading a text piece by piece where only numbers are kept. `from` has to be where a piece begins. Time O(length of the piece).
 */
export const pieceEnd = (text: string, from: number): number => {
  let at = from
  while (at < text.length) {
    const sign = Sign.at(text, at)
    const width = (sign & Sign.pair) === 0 ? 1 : 2
    if ((sign & Sign.word) === 0 && !Sign.joins(text, at, sign)) {
      if (at > from) return at
      return (sign & Sign.space) === 0 ? from + width : spaceEnd(text, from)
    }
    at += width
  }
  return at
}

const spaceEnd = (text: string, from: number): number => {
  let at = from + 1
  while (at < text.length && (Sign.at(text, at) & Sign.space) !== 0) at++
  return at
}

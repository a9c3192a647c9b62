import { type Piece, piecesAt, type Splitter } from "./Splitter.ts"

/**
 * Makes a splitter that begins a new piece at every match of a pattern.
 *
 * What lies before the first match is a piece too. Flags of the pattern are kept, "g" is added. Pieces joined give the text again.
 */
export const splitAtPattern = (pattern: RegExp, kind = "segment"): Splitter => {
  const all = new RegExp(pattern.source, pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`)
  return (text): ReadonlyArray<Piece> =>
    piecesAt(
      text,
      Array.from(text.matchAll(all), (match) => match.index),
      kind
    )
}

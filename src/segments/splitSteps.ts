import { type Piece, piecesAt } from "./Splitter.ts"

const heading = /^[ \t]*(?:[#*_]{1,6}[ \t]*)?step[ \t]+\d+\b|^[ \t]*\d{1,3}[.)][ \t]+\S/gimu
const paragraph = /(?<=\n[ \t]*\n\s*)\S/gu

/**
 * Cuts a text into its steps; joined they give the text again.
 *
 * Where two lines or more open with "Step 1" or a number ("1.", "2)"), a step begins at each of them; elsewhere every paragraph is a step.
 */
export const splitSteps = (text: string): ReadonlyArray<Piece> => {
  const numbered = Array.from(text.matchAll(heading), (match) => match.index)
  const starts = numbered.length > 1 ? numbered : Array.from(text.matchAll(paragraph), (match) => match.index)
  return piecesAt(text, starts, "step")
}

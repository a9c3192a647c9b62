import { type Piece, piecesAt } from "./Splitter.ts"

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" })

/**
 * Cuts a text into sentences by the rules of Unicode; joined they give the text again.
 *
 * White space behind a sentence belongs to it. A line break ends one. Abbreviations before a capital ("Dr. Who") and initials may be cut
 * apart: the rules know no words.
 *
 * Source: Unicode Standard Annex 29, https://unicode.org/reports/tr29/
 */
export const splitSentences = (text: string): ReadonlyArray<Piece> =>
  piecesAt(
    text,
    Array.from(segmenter.segment(text), ({ index }) => index),
    "sentence"
  )

import { cellWidth } from "./cellWidth.ts"

/**
 * Makes a text safe to print on one line of a terminal, in at most `maxCells` cells.
 *
 * Control characters and whatever overrides a writing direction or hides text are removed, white space is run together, unpaired
 * surrogates become U+FFFD. What does not fit ends in an ellipsis.
 */
export const plainLine = (text: string, maxCells: number): string => {
  const line = text
    .slice(0, 64 * maxCells)
    .toWellFormed()
    .replace(/\s+/g, " ")
    .replace(unsafe, "")
    .trim()
  if (cellWidth(line) <= maxCells) return line
  let kept = ""
  let width = 0
  for (const { segment } of graphemes.segment(line)) {
    width += cellWidth(segment)
    if (width > maxCells - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

const graphemes = new Intl.Segmenter("en")

const unsafe =
  /\p{Cc}|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]*)[\u{e0000}-\u{e007f}]/gu

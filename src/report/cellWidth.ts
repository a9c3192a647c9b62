/**
 * Counts the cells a line takes on a terminal: two for emoji and for East Asian wide characters, one for any other.
 *
 * What a reader takes for one character counts once. Terminals differ on rare characters; then it is the wider guess.
 */
export const cellWidth = (text: string): number => {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

const graphemes = new Intl.Segmenter("en")

const wide =
  /[\p{Emoji_Presentation}\ufe0f\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

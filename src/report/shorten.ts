import { visibleText } from "./visibleText.ts"

/**
 * Makes a text fit on one line of at most `maxCharacters`, with an ellipsis where it was cut.
 *
 * White space is run together and hidden characters are made visible. A character is what a reader takes for one, so emoji and
 * letters with marks stay whole.
 */
export const shorten = (text: string, maxCharacters: number): string => {
  const line = visibleText(text).replace(/\s+/g, " ").trim()
  if (line.length <= maxCharacters) return line
  const characters = Array.from(
    new Intl.Segmenter("en").segment(line.slice(0, 16 * maxCharacters)),
    (part) => part.segment
  )
  return characters.length <= maxCharacters
    ? line
    : `${characters
        .slice(0, maxCharacters - 1)
        .join("")
        .trimEnd()}…`
}

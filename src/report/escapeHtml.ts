import { visibleText } from "./visibleText.ts"

/**
 * Turns any text into HTML that shows this text, in an element or in a quoted attribute.
 *
 * The five characters that mean something in HTML become references, and hidden characters are made visible as `visibleText`
 * does. Not for the inside of `script` or `style`, nor for unquoted attributes. Time O(length).
 */
export const escapeHtml = (text: string): string =>
  visibleText(text).replace(/[&<>"']/g, (character) => references[character]!)

const references: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

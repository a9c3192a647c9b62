import { visibleText } from "./visibleText.ts"

/**
 * Turns any text into one line of Markdown that shows this text, in a paragraph, a heading or a table cell.
 *
 * White space is run together, hidden characters are made visible as `visibleText` does, and whatever Markdown, HTML in it, tables,
 * mathematics, mentions or automatic links would take for more than text is escaped. Time O(length).
 */
export const escapeMarkdown = (text: string): string =>
  visibleText(text)
    .replace(/\s+/g, " ")
    .trim()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_{}[\]|~$#!@]/g, "\\$&")
    .replace(/(?<=https?|ftp):(?=\/\/)/gi, "\\:")
    .replace(/(?<=www)\./gi, "\\.")
    .replace(/^[-+=]/, "\\$&")
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2")

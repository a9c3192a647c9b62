// C0 and C1 control characters, delete, line and paragraph separators, and the characters that reorder or hide text. The
// joiners that emoji and some scripts need stay.
const unsafe =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const escaped = (character: string): string => {
  const code = character.codePointAt(0)!
  if (code < 0x100) return named[character] ?? `\\x${code.toString(16).padStart(2, "0")}`
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`
}

/**
 * Makes text safe to print on a terminal in one line.
 *
 * Control characters, line breaks and the characters that reorder or hide text become visible escapes (`\n`, `\x1b`, `\u202e`),
 * a lone surrogate becomes U+FFFD; all else stays. Anything that came from a file or a server goes through here first.
 */
export const printable = (text: string): string => text.toWellFormed().replace(unsafe, escaped)

/** Makes text safe to print on a terminal and keeps its lines: for messages and stack traces. */
export const printableLines = (text: string): string => text.split(/\r?\n/).map(printable).join("\n")

/**
 * Writes a value as JSON, indented by two, with every character that a terminal could act on as an escape.
 *
 * Parsing it gives the value back. A key whose value is undefined is left out; NaN and infinities are null.
 */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .split("\n")
    .map((line) => line.replace(unsafe, escapedInJson))
    .join("\n")

const escapedInJson = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`
  ).join("")

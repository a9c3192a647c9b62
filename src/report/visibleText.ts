/**
 * Makes characters visible that would hide text or change how the text around them is read.
 *
 * Control characters, whatever overrides or embeds a writing direction, and other invisible controls become their number
 * ("[U+202E]"). Line breaks become "\n", tabs stay, unpaired surrogates become U+FFFD. Joiners and left-to-right or
 * right-to-left marks, which ordinary text and emoji need, stay. Time O(length).
 */
export const visibleText = (text: string): string =>
  text.toWellFormed().replaceAll("\r\n", "\n").replace(hidden, numberOf)

/** Tag characters are left alone behind a black flag, where they spell the flag of a region. */
const hidden =
  /(?![\t\n])\p{Cc}|[\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]*)[\u{e0000}-\u{e007f}]/gu

const numberOf = (character: string): string =>
  `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`

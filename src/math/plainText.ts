/**
 * Makes texts equal that differ in white space, case or the composition of accents alone.
 *
 * Each run of white space becomes one space, none at the ends; letters become lower case and composed (NFC). For comparing, not for
 * showing. Time O(length).
 */
export const plainText = (text: string): string =>
  text.normalize("NFC").toLowerCase().replace(unlikeOneSpace, " ").trim()

/** Runs of white space but for one space by itself, which most are. */
const unlikeOneSpace = /\s{2,}|[^\S ]/gu

/**
 * Replaces each run of white space by one space and cuts it off at both ends.
 *
 * White space is what Unicode and JavaScript's `\s` call so: line ends, tabs, no-break and wide spaces. Letters, marks
 * and case stay as they are. Time O(length).
 */
export const normaliseWhitespace = (text: string): string => text.replace(/\s+/gu, " ").trim()

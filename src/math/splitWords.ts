/**
 * Cuts a text into words, runs of white space and single signs, losing nothing.
 *
 * The pieces joined give the text again, unpaired surrogates included. A word is a run of letters, marks and digits; an
 * apostrophe between letters and a point or comma between digits belong to it ("don't", "3.50"). Scripts written
 * without spaces (Han, kana, Thai, Lao, Khmer, Myanmar) give one piece per character. Time O(length).
 */
export const splitWords = (text: string): Array<string> => text.match(piece) ?? []

const unspaced = "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]"
const letter = `[[\\p{L}\\p{M}\\p{N}]--${unspaced}]`
const joint = "(?<=\\p{L})['\u2019](?=\\p{L})|(?<=\\p{N})[.,](?=\\p{N})"
const piece = new RegExp(`\\s+|${unspaced}|(?:${letter}|${joint})+|[^]`, "gv")

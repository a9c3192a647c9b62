import { splitWords } from "./splitWords.ts"

/**
 * Counts the words of a text: the pieces of `splitWords` with a letter or a digit.
 *
 * Scripts written without spaces count one for each character. Time O(length), a tenth of that of `splitWords` for texts in ASCII.
 */
export const countWords = (text: string): number => {
  let nWords = 0
  let isInWord = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return splitWords(text).filter((piece) => /[\p{L}\p{N}]/u.test(piece)).length
    const kind = kinds[code]!
    if (kind === letter || kind === digit) {
      if (!isInWord) nWords++
      isInWord = true
    } else if (isInWord) {
      // An apostrophe between letters and a point or comma between digits belong to the word.
      const joined = kind === apostrophe ? letter : kind === point ? digit : none
      isInWord = joined !== none && kinds[text.charCodeAt(i - 1)] === joined && kinds[text.charCodeAt(i + 1)] === joined
    }
  }
  return nWords
}

const [none, letter, digit, apostrophe, point] = [0, 1, 2, 3, 4]

/** What each character of ASCII is. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const sign = String.fromCharCode(code)
  if (/[A-Za-z]/.test(sign)) return letter
  if (/[0-9]/.test(sign)) return digit
  return sign === "'" ? apostrophe : sign === "." || sign === "," ? point : none
})

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
    if (isLetter(code) || isDigit(code)) {
      if (!isInWord) nWords++
      isInWord = true
    } else if (isInWord) {
      const isBetween = code === apostrophe ? isLetter : code === point || code === comma ? isDigit : null
      isInWord = isBetween !== null && isBetween(text.charCodeAt(i - 1)) && isBetween(text.charCodeAt(i + 1))
    }
  }
  return nWords
}

const apostrophe = 0x27
const point = 0x2e
const comma = 0x2c

const isLetter = (code: number) => (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)

const isDigit = (code: number) => code >= 0x30 && code <= 0x39

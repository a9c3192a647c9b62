/** What a sign (a code point) of a text is: a sum of the constants of this module. */
export type Sign = number

/** A letter or a digit: what makes a word of a piece. */
export const spoken: Sign = 1
/** A letter of any script. */
export const letter: Sign = 2
/** A digit or another number of any script. */
export const digit: Sign = 4
/** Changes the sign before it, such as an accent that stands by itself. */
export const mark: Sign = 8
/** Any of these, of whatever script. */
export const lettered: Sign = letter | digit | mark
/** Part of a script that is written without spaces: each sign is a piece of its own. */
export const apart: Sign = 16
/** A letter, mark or digit of any other script: goes on with the word that it follows. */
export const word: Sign = 32
/** White space. */
export const space: Sign = 64
/** An apostrophe, which joins letters. */
export const apostrophe: Sign = 128
/** A point or comma, which joins digits. */
export const point: Sign = 256
/** Takes two units of the text. */
export const pair: Sign = 512
/** Set for every sign, so that none is 0. */
const known: Sign = 1024

/** By code point; 0 where nobody has asked yet, and for halves of pairs. Takes memory where it is written to. */
const ofCodes = new Uint16Array(0x110000)

/** The sign that begins at an index within the text. */
export const at = (text: string, index: number): Sign => ofCodes[text.charCodeAt(index)]! || read(text, index)

/** Whether the apostrophe, point or comma at an index stands between two signs that it makes one word of. */
export const joins = (text: string, index: number, sign: Sign): boolean => {
  if ((sign & (apostrophe | point)) === 0 || index === 0 || index + 1 === text.length) return false
  const isBehindPair = index > 1 && text.codePointAt(index - 2)! > 0xffff
  const before = at(text, isBehindPair ? index - 2 : index - 1)
  return (before & at(text, index + 1) & (sign & apostrophe ? letter : digit)) !== 0
}

const tests: ReadonlyArray<readonly [kind: Sign, test: RegExp]> = [
  [letter, /\p{L}/u],
  [digit, /\p{N}/u],
  [mark, /\p{M}/u],
  [apart, /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u],
  [space, /\s/u],
  [apostrophe, /['\u2019]/u],
  [point, /[.,]/u]
]

const read = (text: string, index: number): Sign => {
  const code = text.codePointAt(index)!
  if (ofCodes[code] !== 0) return ofCodes[code]!
  const shown = String.fromCodePoint(code)
  let sign = code > 0xffff ? known | pair : known
  for (const [kind, test] of tests) if (test.test(shown)) sign |= kind
  if ((sign & (letter | digit)) !== 0) sign |= spoken
  if ((sign & lettered) !== 0 && (sign & apart) === 0) sign |= word
  if (code < 0xd800 || code > 0xdfff) ofCodes[code] = sign
  return sign
}

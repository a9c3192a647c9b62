/**
 * Reads the number that a text ends in as its answer; null without one.
 *
 * Looked for in this order: what stands in the last `\boxed{…}`, behind the last `####`, behind the last "answer is" or "answer:", and
 * in the whole text; there the last number counts. A number is written with a decimal point, with commas between groups of three digits or
 * none, as a fraction of two integers (also `\frac{a}{b}`), with an exponent, or with a percent sign, which divides it by 100. Units and
 * currency signs are passed over. A comma is never a decimal sign.
 */
export const readNumber = (text: string): number | null => {
  for (const place of places) {
    const found = [...text.matchAll(place)].at(-1)?.[1]
    const value = found === undefined ? null : lastNumber(found)
    if (value !== null) return value
  }
  return lastNumber(text)
}

const places = [/\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}/g, /####([^\n]*)/g, /\banswer(?:\s+is\b|\s*:)([^\n]*)/gi]

const number =
  /(?<![\w.])([-\u2212]?)[$\u20ac\u00a3]?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(e[-+]?\d+)?(?:\s*\/\s*(\d+))?\s*(\\?%)?/gi

const lastNumber = (text: string): number | null => {
  const plain = text.replace(/\\[dt]?frac\{\s*(\d+)\s*\}\{\s*(\d+)\s*\}/g, "$1/$2")
  const found = [...plain.matchAll(number)].at(-1)
  if (found === undefined) return null
  const [, sign, digits, exponent = "", divisor, percent] = found
  const value = Number(digits!.replaceAll(",", "") + exponent) / (divisor === undefined ? 1 : Number(divisor))
  if (!Number.isFinite(value)) return null
  return (sign === "" ? 1 : -1) * (percent === undefined ? value : value / 100)
}

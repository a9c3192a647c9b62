import { wholeNumber } from "./wholeNumber.ts"

/** Gives revivers the text of a number; the libraries of types do not know it yet. */
const parse = JSON.parse as (
  text: string,
  reviver?: (key: string, value: unknown, context: { readonly source?: string }) => unknown
) => unknown

/**
 * Parses JSON as `JSON.parse` does, but for whole numbers whose digits no number keeps: they are bigints, see `wholeNumber`.
 *
 * Throws what `JSON.parse` throws. A text with a number beyond 2^53 is parsed twice; for any other the cost is one visit of each value.
 */
export const exactJson = (text: string): unknown => {
  const value = parse(text)
  return holdsLarge(value)
    ? parse(text, (_, one, { source }) => (typeof one === "number" ? exactly(one, source!) : one))
    : value
}

const holdsLarge = (value: unknown): boolean => {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER
  if (typeof value !== "object" || value === null) return false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (holdsLarge(value[i])) return true
    return false
  }
  for (const key in value) if (holdsLarge((value as Readonly<Record<string, unknown>>)[key])) return true
  return false
}

const exactly = (value: number, source: string): number | bigint =>
  /^-?\d+$/.test(source) ? wholeNumber(source) : value

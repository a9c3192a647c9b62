import type * as Columns from "../Columns.ts"
import { wholeNumber } from "../wholeNumber.ts"

const integer = /^-?(0|[1-9]\d*)$/
const decimal = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** Numbers that are none, as JavaScript and Python write them. */
const special: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["nan", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["inf", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY]
])

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false]
])

/**
 * Reads the text of a CSV cell as a value of a column; text that does not fit comes back as it is, to be rejected.
 *
 * Numbers are written as in JSON, without spaces, plus signs or leading zeros; a number column without `finite` also takes NaN,
 * Infinity, nan and inf, and none a whole number whose digits no number keeps. Booleans are true, false, True or False. An empty cell is null where the column is nullable and the
 * empty string otherwise, which fits string columns alone.
 */
export const cellValue = (type: Columns.ColumnType, text: string): unknown => {
  if (text === "" && type.nullable) return null
  switch (type.kind) {
    case "int":
      return integer.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text
    case "float": {
      if (!decimal.test(text)) return special.get(text) ?? text
      const number = integer.test(text) ? wholeNumber(text) : Number(text)
      return typeof number === "number" ? number : text
    }
    case "boolean":
      return booleans.get(text) ?? text
    default:
      return text
  }
}

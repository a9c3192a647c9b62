import type * as Schema from "effect/Schema"
import * as Columns from "../Columns.ts"
import { WiringError } from "../Pipeline.ts"

/** How rows of given columns look with their two sides exchanged. */
export interface SideTurner {
  /** The columns that may change, `chosen` and `rejected` among them. */
  readonly columns: Schema.Struct.Fields
  /** Those columns of a row, with its sides exchanged or as they are. */
  readonly of: (row: object, isTurned: boolean) => Record<string, unknown>
}

/**
 * Works out which columns depend on the order of a pair, and exchanges the sides of rows without losing anything.
 *
 * Columns whose names differ only in "chosen" and "rejected" (`scoreChosen` and `scoreRejected`, `chosen_ids` and
 * `rejected_ids`) change places; `margin` and the columns in `negated` change their sign; `labelProb` becomes
 * `1 - labelProb` and `plantedCorrect` its opposite. Null stays null. All else stays, such as `errorType`, which speaks of the
 * two texts in whichever order. Turned twice a row is as it was, `labelProb` up to rounding. Time O(columns) a row. Throws a
 * `WiringError` where `chosen` or `rejected` is missing, where two columns that would change places differ in type, and where a
 * column to be negated is no number.
 */
export const turnSides = (
  stage: string,
  fields: Schema.Struct.Fields,
  negated: ReadonlyArray<string> = []
): SideTurner => {
  const types = new Map(Columns.fromFields(fields).map(({ name, type }) => [name, type]))
  const refuse = (column: string, found: string, expected: string): never => {
    throw new WiringError(
      `Cannot turn pairs in stage "${stage}": column "${column}" is ${found}, expected ${expected}; the columns here are ${[...types.keys()].join(", ")}`
    )
  }
  for (const name of ["chosen", "rejected"]) if (!types.has(name)) refuse(name, "missing", "a side of a pair")
  const otherOf = new Map<string, string>()
  for (const [name, type] of types) {
    const other = name.replace(/chosen/i, (found) => (found[0] === "C" ? "Rejected" : "rejected"))
    const otherType = other === name ? undefined : types.get(other)
    if (otherType === undefined) continue
    if (JSON.stringify(type) !== JSON.stringify(otherType)) {
      refuse(
        other,
        Columns.wanted(otherType),
        `${Columns.wanted(type)} as "${name}" is, so that they can change places`
      )
    }
    otherOf.set(name, other)
    otherOf.set(other, name)
  }
  const kindOf = (name: string) => types.get(name)?.kind
  const isNumber = (name: string) => kindOf(name) === "float" || kindOf(name) === "int"
  for (const name of negated) {
    const type = types.get(name)
    if (!isNumber(name)) refuse(name, type === undefined ? "missing" : Columns.wanted(type), "a number to negate")
  }
  const minus = new Set([...negated, ...["margin"].filter(isNumber)])
  const complemented = ["labelProb"].filter(isNumber)
  const opposite = ["plantedCorrect"].filter((name) => kindOf(name) === "boolean")
  const names = [...new Set([...otherOf.keys(), ...minus, ...complemented, ...opposite])]
  const turnedValue = (row: Readonly<Record<string, unknown>>, name: string): unknown => {
    const value = row[otherOf.get(name) ?? name]
    if (value === null || value === undefined) return value
    if (minus.has(name)) return 0 - (value as number)
    if (complemented.includes(name)) return 1 - (value as number)
    return opposite.includes(name) ? !(value as boolean) : value
  }
  return {
    columns: Object.fromEntries(names.map((name) => [name, fields[name]!])),
    of: (row, isTurned) => {
      const given = row as Readonly<Record<string, unknown>>
      return Object.fromEntries(names.map((name) => [name, isTurned ? turnedValue(given, name) : given[name]]))
    }
  }
}

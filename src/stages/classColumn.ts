import type * as Schema from "effect/Schema"
import * as Columns from "../Columns.ts"
import { WiringError } from "../Pipeline.ts"

/**
 * Finds the column that says which class a row is of.
 *
 * Texts, booleans, whole numbers and null make classes, named as JavaScript writes them: "math", "true", "3", "null". Throws a
 * `WiringError` where there is no such column, or one of another kind.
 */
export const classColumn = (
  stage: string,
  columns: Schema.Struct.Fields,
  by: string
): { readonly needs: Schema.Struct.Fields; readonly classOf: (row: object) => string } => {
  const column = Columns.fromFields(columns).find(({ name }) => name === by)
  if (column === undefined || !["string", "boolean", "int"].includes(column.type.kind)) {
    const found = column === undefined ? "missing" : Columns.wanted(column.type)
    throw new WiringError(
      `Cannot put stage "${stage}" here: column "${by}" is ${found}, expected texts, booleans or whole numbers that name classes; the columns here are ${Object.keys(columns).join(", ")}`
    )
  }
  return {
    needs: { [by]: columns[by]! },
    classOf: (row) => String((row as Readonly<Record<string, unknown>>)[by])
  }
}

/** A column that names classes, as a stage needs it. */
export type ClassColumn<By extends string> = { readonly [K in By]: string | boolean | number | null }

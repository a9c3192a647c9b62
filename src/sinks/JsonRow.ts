import { type Column, type ColumnType, ownValue } from "../Columns.ts"
import type { CheckedRow } from "./RowWriter.ts"

/**
 * Makes the function that turns a checked row into one line of JSON, without the line break.
 *
 * Keys are those of the columns, in their order, in structs too; what is missing is `null`. Negative zero is `-0.0`, which
 * every reader takes for a float and `JSON.stringify` would write as `0`.
 */
export const jsonRow = (columns: ReadonlyArray<Column>): ((row: CheckedRow) => string) => objectText(columns)

type ValueText = (value: unknown) => string

const objectText = (columns: ReadonlyArray<Column>): ValueText => {
  const fields = columns.map(({ name, type }, i) => ({
    name,
    key: `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`,
    text: orNull(valueText(type))
  }))
  if (fields.length === 0) return () => "{}"
  return (value) => {
    let text = ""
    for (const field of fields) text += field.key + field.text(ownValue(value as object, field.name))
    return `${text}}`
  }
}

const orNull =
  (text: ValueText): ValueText =>
  (value) =>
    value === null || value === undefined ? "null" : text(value)

const valueText = (type: ColumnType): ValueText => {
  switch (type.kind) {
    case "string":
      return (value) => JSON.stringify(value)
    case "boolean":
      return String
    case "int":
      return String
    case "float":
      return (value) => (Object.is(value, -0) ? "-0.0" : String(value))
    case "list": {
      const element = orNull(valueText(type.element))
      return (value) => `[${(value as ReadonlyArray<unknown>).map((one) => element(one)).join(",")}]`
    }
    case "struct":
      return objectText(type.fields)
  }
}

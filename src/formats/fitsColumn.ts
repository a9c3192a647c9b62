import * as Columns from "../Columns.ts"

/** Says whether a column holds a value and all keys of the objects in it; absent counts as null. */
export const fitsColumn = (column: Columns.Column, value: unknown): boolean =>
  Columns.mismatch(column, value) === undefined && holdsKeys(column.type, value)

const holdsKeys = (type: Columns.ColumnType, value: unknown): boolean => {
  if (value === null || value === undefined) return true
  if (type.kind === "list") {
    const { element } = type
    if (element.kind !== "list" && element.kind !== "struct") return true
    return (value as ReadonlyArray<unknown>).every((one) => holdsKeys(element, one))
  }
  if (type.kind !== "struct") return true
  return Object.entries(value).every(([key, one]) => {
    const field = type.fields.find(({ name }) => name === key)
    return field !== undefined && holdsKeys(field.type, one)
  })
}

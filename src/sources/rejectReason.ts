import * as Columns from "../Columns.ts"

/** What a format gives in place of a text whose bytes are not UTF-8; it fits no column. */
export const invalidText = Symbol("invalid UTF-8")

/** Names the reason for which `Columns.mismatch` refuses a value: one of a few stable phrases that are counted. */
export const rejectReason = (column: Columns.Column, value: unknown): string =>
  reasonOf(column.type, value) ?? "value not allowed"

const reasonOf = (type: Columns.ColumnType, value: unknown): string | undefined => {
  if (value === undefined) return type.nullable ? undefined : "missing column"
  if (value === null) return type.nullable ? undefined : "null value"
  if (value === invalidText) return "invalid UTF-8"
  if (typeof value === "bigint") return "integer too large"
  switch (type.kind) {
    case "string":
      if (typeof value !== "string") return "wrong type"
      if (!value.isWellFormed()) return "lone surrogate"
      return type.values?.includes(value) === false ? "value not allowed" : undefined
    case "boolean":
      return typeof value === "boolean" ? undefined : "wrong type"
    case "int":
      return Number.isSafeInteger(value) ? undefined : "wrong type"
    case "float":
      if (typeof value !== "number") return "wrong type"
      return type.finite && !Number.isFinite(value) ? "not finite" : undefined
    case "list":
      return Array.isArray(value) ? first(value, (element) => reasonOf(type.element, element)) : "wrong type"
    case "struct": {
      if (typeof value !== "object" || Array.isArray(value)) return "wrong type"
      return first(type.fields, (field) => reasonOf(field.type, Columns.ownValue(value, field.name)))
    }
  }
}

const first = <A>(items: ReadonlyArray<A>, reason: (item: A) => string | undefined): string | undefined => {
  for (const item of items) {
    const found = reason(item)
    if (found !== undefined) return found
  }
  return undefined
}

import { ownValue } from "../Columns.ts"
import type { FileColumn, FileType } from "./FileType.ts"
import type { FoundRow } from "./FoundRows.ts"

/** Finds the type that all these JSON values share; absent counts as null, and values of different kinds share `other`. */
export const inferType = (values: ReadonlyArray<unknown>): FileType =>
  values.map(typeOfValue).reduce(merge, { kind: "null", nullable: false })

/** Finds the columns of rows, in the order in which they first appear. */
export const inferColumns = (rows: ReadonlyArray<FoundRow>): ReadonlyArray<FileColumn> => {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return names.map((name) => ({ name, type: inferType(rows.map((row) => ownValue(row, name))) }))
}

const typeOfValue = (value: unknown): FileType => {
  if (value === null || value === undefined) return { kind: "null", nullable: true }
  if (typeof value === "string") return { kind: "string", nullable: false }
  if (typeof value === "boolean") return { kind: "boolean", nullable: false }
  if (typeof value === "number") return { kind: Number.isSafeInteger(value) ? "int" : "float", nullable: false }
  if (typeof value === "bigint") return { kind: "int", nullable: false }
  if (Array.isArray(value)) return { kind: "list", nullable: false, element: inferType(value) }
  if (typeof value === "object") return { kind: "struct", nullable: false, fields: inferColumns([value as FoundRow]) }
  return { kind: "other", nullable: false }
}

/** The type that holds the values of both types; `other` where there is none. */
export const merge = (a: FileType, b: FileType): FileType => {
  const nullable = a.nullable || b.nullable
  if (a.kind === "null") return { ...b, nullable }
  if (b.kind === "null" || (a.kind === b.kind && a.kind !== "list" && a.kind !== "struct")) return { ...a, nullable }
  if (a.kind === "list" && b.kind === "list") return { kind: "list", nullable, element: merge(a.element, b.element) }
  if (a.kind === "struct" && b.kind === "struct") {
    const names = [...new Set([...a.fields, ...b.fields].map(({ name }) => name))]
    return {
      kind: "struct",
      nullable,
      fields: names.map((name) => ({ name, type: merge(typeIn(a.fields, name), typeIn(b.fields, name)) }))
    }
  }
  return isNumeric(a) && isNumeric(b) ? { kind: "float", nullable } : { kind: "other", nullable }
}

const isNumeric = (type: FileType): boolean => type.kind === "int" || type.kind === "float"

const typeIn = (fields: ReadonlyArray<FileColumn>, name: string): FileType =>
  fields.find((field) => field.name === name)?.type ?? { kind: "null", nullable: true }

/** Names an inferred type the way `Columns.wanted` names that of a column. */
export const inferredName = (type: FileType): string => {
  const orNull = type.nullable && type.kind !== "null" ? " or null" : ""
  switch (type.kind) {
    case "int":
      return `integer${orNull}`
    case "float":
      return `number${orNull}`
    case "other":
      return `values of different types${orNull}`
    case "list":
      return `list of ${inferredName(type.element)}${orNull}`
    case "struct":
      return `{${type.fields.map((field) => `${field.name}: ${inferredName(field.type)}`).join(", ")}}${orNull}`
    default:
      return type.kind + orNull
  }
}

import type * as Columns from "../Columns.ts"
import type { Stored } from "./Stored.ts"

/** The type of a column as a file declares it or as its first rows show it. `other` is what no column can hold. */
export type FileType =
  | {
      readonly kind: "string" | "boolean" | "int" | "float" | "null" | "other"
      readonly nullable: boolean
      /** How the file stores the values, where they are read as something else. */
      readonly stored?: Stored
    }
  | { readonly kind: "list"; readonly nullable: boolean; readonly element: FileType }
  | { readonly kind: "struct"; readonly nullable: boolean; readonly fields: ReadonlyArray<FileColumn> }

/** A named column of a file. */
export interface FileColumn {
  readonly name: string
  readonly type: FileType
}

/**
 * Says whether values of a file's type can be values of a column.
 *
 * A file that allows null may hold none, so nullability is left to the rows. Integers fit a float column. A struct may have more
 * fields than the column; one that it lacks has to be nullable.
 */
export const canHold = (file: FileType, wanted: Columns.ColumnType): boolean => {
  if (file.kind === "null") return wanted.nullable
  if (file.kind === "int" && wanted.kind === "float") return true
  if (file.kind === "list" && wanted.kind === "list") return canHold(file.element, wanted.element)
  if (file.kind === "struct" && wanted.kind === "struct") {
    return wanted.fields.every((field) => {
      const inner = file.fields.find((candidate) => candidate.name === field.name)
      return inner === undefined ? field.type.nullable : canHold(inner.type, field.type)
    })
  }
  return file.kind === wanted.kind
}

/** The column type that holds all values of a file's type, or null when there is none. A column of nulls counts as text. */
export const columnTypeOf = (file: FileType): Columns.ColumnType | null => {
  const { nullable } = file
  switch (file.kind) {
    case "other":
      return null
    case "null":
      return { kind: "string", nullable: true }
    case "float":
      return { kind: "float", nullable, finite: false }
    case "list": {
      const element = columnTypeOf(file.element)
      return element === null ? null : { kind: "list", nullable, element }
    }
    case "struct": {
      const fields = file.fields.map(({ name, type }) => ({ name, type: columnTypeOf(type) }))
      return fields.every((field): field is Columns.Column => field.type !== null)
        ? { kind: "struct", nullable, fields }
        : null
    }
    default:
      return { kind: file.kind, nullable }
  }
}

/** Says whether values inside are stored as dates, times or decimals and read as texts. */
export const becomesText = (file: FileType): boolean =>
  file.kind === "list"
    ? becomesText(file.element)
    : file.kind === "struct"
      ? file.fields.some(({ type }) => becomesText(type))
      : file.kind === "string" && file.stored !== undefined

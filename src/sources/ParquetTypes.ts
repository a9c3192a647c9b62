import type { SchemaElement, SchemaTree } from "hyparquet"
import type * as Columns from "../Columns.ts"
import { safeNumber } from "./safeNumber.ts"
import type { FileType } from "./FileType.ts"
import { setOwn } from "./setOwn.ts"

/** Says what a column of a Parquet schema can hold. */
export const parquetType = (node: SchemaTree): FileType => {
  const { repetition_type: repetition } = node.element
  // A repeated node outside of a list annotation is how early writers stored lists; such a list cannot be null.
  return repetition === "REPEATED"
    ? { kind: "list", nullable: false, element: valueType(node, false) }
    : valueType(node, repetition !== "REQUIRED")
}

const valueType = (node: SchemaTree, nullable: boolean): FileType => {
  const element = listElement(node)
  if (element !== undefined) return { kind: "list", nullable, element }
  if (node.children.length > 0) {
    const { converted_type: converted, logical_type: logical } = node.element
    return converted === undefined && logical === undefined
      ? {
          kind: "struct",
          nullable,
          fields: node.children.map((child) => ({ name: child.element.name, type: parquetType(child) }))
        }
      : { kind: "other", nullable }
  }
  return { kind: leafKind(node.element), nullable }
}

/** The element type of an annotated list: of three levels as the standard has it, or of the two that older writers used. */
const listElement = (node: SchemaTree): FileType | undefined => {
  const repeated = node.children[0]
  if (node.element.converted_type !== "LIST" || node.children.length !== 1) return undefined
  if (repeated?.element.repetition_type !== "REPEATED" || repeated.children.length > 1) return undefined
  const element = repeated.children[0]
  return element === undefined ? valueType(repeated, false) : parquetType(element)
}

const leafKind = ({ type, converted_type: converted, logical_type: logical }: SchemaElement) => {
  if (logical?.type === "NULL") return "null"
  switch (type) {
    case "BOOLEAN":
      return "boolean"
    case "INT32":
    case "INT64":
      return (converted === undefined || /^U?INT_/.test(converted)) &&
        (logical === undefined || logical.type === "INTEGER")
        ? "int"
        : "other"
    case "FLOAT":
    case "DOUBLE":
      return "float"
    case "BYTE_ARRAY":
      return /^(UTF8|ENUM|JSON)$/.test(converted ?? "") || /^(STRING|ENUM|JSON)$/.test(logical?.type ?? "")
        ? "string"
        : "other"
    default:
      return logical?.type === "FLOAT16" ? "float" : "other"
  }
}

/** Names the type of a Parquet column the way other readers print it, also when no column can hold it. */
export const parquetTypeName = (node: SchemaTree): string =>
  node.element.repetition_type === "REPEATED" ? `list<${valueTypeName(node)}>` : valueTypeName(node)

const valueTypeName = (node: SchemaTree): string => {
  const { element, children } = node
  const repeated = children[0]
  if (listElement(node) !== undefined) return `list<${parquetTypeName(repeated?.children[0] ?? unrepeated(repeated!))}>`
  if (element.converted_type === "MAP" && repeated?.children.length === 2) {
    return `map<${repeated.children.map(parquetTypeName).join(", ")}>`
  }
  if (children.length > 0) {
    const fields = children.map((child) => `${child.element.name}: ${parquetTypeName(child)}`).join(", ")
    return `${(element.logical_type?.type ?? "struct").toLowerCase()}<${fields}>`
  }
  return leafName(element)
}

const unrepeated = (node: SchemaTree): SchemaTree => ({
  ...node,
  element: { ...node.element, repetition_type: "REQUIRED" }
})

const leafName = (element: SchemaElement): string => {
  const { type = "unknown", converted_type: converted, logical_type: logical } = element
  if (logical?.type === "DECIMAL" || converted === "DECIMAL")
    return `decimal(${element.precision}, ${element.scale ?? 0})`
  if (logical?.type === "TIMESTAMP")
    return `timestamp[${logical.unit.toLowerCase()}${logical.isAdjustedToUTC ? ", UTC" : ""}]`
  if (logical?.type === "TIME") return `time[${logical.unit.toLowerCase()}]`
  if (logical?.type === "INTEGER") return `${logical.isSigned ? "int" : "uint"}${logical.bitWidth}`
  if (logical?.type !== undefined) return logical.type.toLowerCase()
  if (converted === "UTF8") return "string"
  if (converted !== undefined)
    return converted
      .toLowerCase()
      .replace(/^(u?int)_/, "$1")
      .replace(/^(time.*)_(.*)/, "$1[$2]")
  const fixed = element.type_length === undefined ? "" : `[${element.type_length}]`
  return physicalNames[type] ?? `${type.toLowerCase()}${fixed}`
}

const physicalNames: Readonly<Record<string, string>> = {
  BOOLEAN: "boolean",
  INT32: "int32",
  INT64: "int64",
  INT96: "timestamp[int96]",
  FLOAT: "float",
  DOUBLE: "double",
  BYTE_ARRAY: "binary"
}

/**
 * Makes the function that turns a decoded value into the value of a column.
 *
 * Null lists of files that cannot store one are empty lists. Integers of 64 bits become numbers when a number holds them
 * exactly and stay as they are otherwise, so that the check refuses them.
 */
export const parquetReader = (file: FileType, wanted: Columns.ColumnType): ((value: unknown) => unknown) => {
  if (file.kind === "list" && wanted.kind === "list") {
    const read = parquetReader(file.element, wanted.element)
    return (value) => {
      if (value === null || value === undefined) return file.nullable ? null : []
      return (value as ReadonlyArray<unknown>).map((inner) => read(inner))
    }
  }
  if (file.kind === "struct" && wanted.kind === "struct") {
    const fields = wanted.fields.map(({ name, type }) => {
      const inner = file.fields.find((field) => field.name === name)
      return { name, read: inner === undefined ? () => null : parquetReader(inner.type, type) }
    })
    return (value) => {
      if (value === null || value === undefined) return null
      const struct: Record<string, unknown> = {}
      for (const { name, read } of fields) setOwn(struct, name, read((value as Record<string, unknown>)[name]))
      return struct
    }
  }
  return file.kind === "int" ? safeNumber : (value) => value ?? null
}

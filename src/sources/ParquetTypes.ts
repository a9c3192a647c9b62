import type { SchemaElement, SchemaTree } from "hyparquet"
import type * as Columns from "../Columns.ts"
import type { FileType } from "./FileType.ts"
import { safeNumber } from "./safeNumber.ts"
import { setOwn } from "./setOwn.ts"
import { type Stored, storedDecimal, storedKind, storedReader, wholeOfBytes } from "./Stored.ts"

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
  const stored = storedOf(node.element)
  return stored === undefined
    ? { kind: leafKind(node.element), nullable }
    : { kind: storedKind(stored), nullable, stored }
}

const digits: Readonly<Record<string, number>> = { MILLIS: 3, MICROS: 6, NANOS: 9 }

/** How a leaf stores dates, times and decimals; decimals in byte arrays of any length are not read. */
const storedOf = ({
  converted_type: converted,
  logical_type: logical,
  precision,
  scale,
  type
}: SchemaElement): Stored | undefined => {
  if (type === "INT96" && converted === undefined) return { kind: "timestamp", digits: 9, isUtc: false }
  const isWhole = type === "INT32" || type === "INT64"
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") {
    return (isWhole || type === "FIXED_LEN_BYTE_ARRAY") && precision !== undefined
      ? storedDecimal(precision, scale ?? 0)
      : undefined
  }
  if (!isWhole) return undefined
  if (logical?.type === "DATE" || converted === "DATE") return { kind: "date" }
  if (logical?.type === "TIMESTAMP")
    return { kind: "timestamp", digits: digits[logical.unit]!, isUtc: logical.isAdjustedToUTC }
  if (logical?.type === "TIME") return { kind: "time", digits: digits[logical.unit]! }
  const [, of, unit] = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted ?? "") ?? []
  if (of === "TIME") return { kind: "time", digits: digits[unit!]! }
  return of === "TIMESTAMP" ? { kind: "timestamp", digits: digits[unit!]!, isUtc: true } : undefined
}

/** The element of a leaf without what dates, times and decimals make of its values, which would cost digits. */
export const plainElement = (element: SchemaElement): SchemaElement => {
  if (storedOf(element) === undefined) return element
  const { converted_type: _, logical_type: __, ...plain } = element
  return plain
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
 * exactly and stay as they are otherwise, so that the check refuses them; dates, times and decimals become what `storedKind` says. Without
 * `wanted` a value has all that the file has.
 */
export const parquetReader = (file: FileType, wanted?: Columns.ColumnType): ((value: unknown) => unknown) => {
  if (file.kind === "list" && (wanted === undefined || wanted.kind === "list")) {
    const read = parquetReader(file.element, wanted?.element)
    return (value) => {
      if (value === null || value === undefined) return file.nullable ? null : []
      return (value as ReadonlyArray<unknown>).map((inner) => read(inner))
    }
  }
  if (file.kind === "struct" && (wanted === undefined || wanted.kind === "struct")) {
    const fields = (wanted?.fields ?? file.fields.map(({ name }) => ({ name, type: undefined }))).map(
      ({ name, type }) => {
        const inner = file.fields.find((field) => field.name === name)
        return { name, read: inner === undefined ? () => null : parquetReader(inner.type, type) }
      }
    )
    return (value) => {
      if (value === null || value === undefined) return null
      const struct: Record<string, unknown> = {}
      for (const { name, read } of fields) setOwn(struct, name, read((value as Record<string, unknown>)[name]))
      return struct
    }
  }
  if ("stored" in file && file.stored !== undefined) {
    const read = storedReader(file.stored)
    return (value) => {
      if (value === null || value === undefined) return null
      return read(value instanceof Uint8Array ? wholeOfBytes(value) : (value as number | bigint))
    }
  }
  return file.kind === "int" ? safeNumber : (value) => value ?? null
}

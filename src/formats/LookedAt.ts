import type { Column } from "../Columns.ts"
import type { Look, Recognition } from "./Format.ts"
import { type SeenColumn, shapeOfType } from "./VoteColumns.ts"

/** What a column can be asked for: a text, a list of messages, one message, a list, a struct, a number, a truth value, any. */
export type Wanted = "text" | "turns" | "message" | "texts" | "list" | "struct" | "number" | "boolean" | "any"

const isMessage = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (("role" in value && "content" in value) ||
    ("role" in value && "tool_calls" in value) ||
    ("from" in value && "value" in value))

const fits: Readonly<Record<Wanted, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  turns: (value) => Array.isArray(value) && value.every(isMessage),
  message: isMessage,
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  list: Array.isArray,
  struct: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  any: () => true
}

/** Finds a column by its name. */
export const columnOf = ({ columns }: Look, name: string): SeenColumn | undefined =>
  columns.find((column) => column.name === name)

/** The values of a column in the first rows, without those that are null or absent. */
export const valuesOf = ({ sample }: Pick<Look, "sample">, name: string): ReadonlyArray<unknown> =>
  sample.map((row) => row[name]).filter((value) => value !== null && value !== undefined)

/**
 * Says whether a column is there and holds what is wanted, by its type and by all values of the sample.
 *
 * Null says nothing. Without a single value in the sample the type alone decides.
 */
export const holds = (look: Look, name: string, wanted: Wanted): boolean => holdsIn(look, name, wanted, 0)

/**
 * Says the same of a column that a format cannot do without: more than half of the values have to be what is wanted.
 *
 * So broken rows among the first do not keep a whole file from being read as what it is; they are rejected like any row further down.
 */
export const mostlyHolds = (look: Look, name: string, wanted: Wanted): boolean => holdsIn(look, name, wanted, 0.5)

const holdsIn = (look: Look, name: string, wanted: Wanted, maxOthers: number): boolean => {
  const column = columnOf(look, name)
  if (column === undefined) return false
  if (look.isCells === true) return cellFits(column.columnType, wanted)
  const values = valuesOf(look, name)
  if (values.length > 0) {
    const nOthers = values.filter((value) => !fits[wanted](value)).length
    return nOthers === 0 || nOthers < maxOthers * values.length
  }
  return column.columnType === null ? wanted === "any" : typeFits(column.columnType, wanted)
}

/** A cell is text whatever it looks like; the type says what all of them look like. */
const cellFits = (type: Column["type"] | null, wanted: Wanted): boolean =>
  wanted === "text" || wanted === "any" || (type !== null && type.kind !== "string" && typeFits(type, wanted))

const typeFits = (type: Column["type"], wanted: Wanted): boolean => {
  switch (wanted) {
    case "any":
      return true
    case "text":
      return type.kind === "string"
    case "turns":
      return type.kind === "list" && shapeOfType(type) === "turns"
    case "message":
      return type.kind === "struct" && shapeOfType(type) === "turns"
    case "texts":
      return type.kind === "list" && type.element.kind === "string"
    case "number":
      return type.kind === "int" || type.kind === "float"
    default:
      return type.kind === wanted
  }
}

const names: Readonly<Record<Wanted, string>> = {
  text: "text",
  turns: "messages",
  message: "a message",
  texts: "a list of texts",
  list: "a list",
  struct: "an object",
  number: "a number",
  boolean: "true or false",
  any: "anything"
}

/** Recognises a set of columns: every one has to be there and to hold what is wanted, see `mostlyHolds`. */
export const recogniseColumns = (look: Look, wanted: Readonly<Record<string, Wanted>>): Recognition | null => {
  const found = Object.entries(wanted)
  if (!found.every(([name, what]) => mostlyHolds(look, name, what))) return null
  return {
    nColumns: found.length,
    why: found.map(([name, what]) => `"${name}" holds ${names[what]}`).join(", ")
  }
}

/** Names the columns of a set in an error. */
export const wantedColumns = (wanted: Readonly<Record<string, Wanted>>): string =>
  Object.entries(wanted)
    .map(([name, what]) => `"${name}" with ${names[what]}`)
    .join(", ")

/** Names the columns that a file has in an error, and the first row in which a column holds what it mostly does not. */
export const foundColumns = (look: Look): string => {
  const { columns } = look
  if (columns.length === 0) return "no columns"
  const mixed = columns.flatMap(({ name }) => mixedIn(look, name) ?? [])
  const where = mixed.length === 0 ? "" : `, where ${mixed.join(", ")}`
  return `the columns ${columns.map(({ name }) => `"${name}"`).join(", ")}${where}`
}

const mixedIn = ({ sample }: Look, name: string): string | undefined => {
  const kinds = new Map<string, { n: number; readonly row: number }>()
  for (const [i, row] of sample.entries()) {
    const value = Object.hasOwn(row, name) ? row[name] : null
    if (value === null || value === undefined) continue
    const kind = Array.isArray(value) ? "a list" : kindNames[typeof value]
    const seen = kinds.get(kind ?? "something else") ?? { n: 0, row: i + 1 }
    seen.n++
    kinds.set(kind ?? "something else", seen)
  }
  const [most, next] = [...kinds].toSorted(([, one], [, other]) => other.n - one.n)
  return next === undefined ? undefined : `"${name}" is ${next[0]} in row ${next[1].row} and mostly ${most![0]}`
}

const kindNames: Readonly<Partial<Record<string, string>>> = {
  string: "text",
  number: "a number",
  bigint: "a number",
  boolean: "true or false",
  object: "an object"
}

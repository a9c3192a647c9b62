import type { ColumnType } from "../Columns.ts"
import type { Look, Row } from "./Format.ts"

/** The keys of structs in columns, by their place, as `completions[]`, that a reader takes. */
export type ReadStructs = ReadonlyMap<string, ReadonlySet<string>>

const read: ReadonlySet<string> = new Set(["role", "content", "from", "value", "tool_calls", "name", "tool_call_id"])

/** How many keys are told from each other, so that data for keys fill no memory. */
const maxKeys = 1000

/** The keys of messages and other structs that no reader takes, as `messages[].weight`, and roles that become others. */
export interface UnreadKeys {
  /** Those that the types of columns and the first rows show. */
  readonly names: ReadonlySet<string>
  /** Those that came behind the first rows; grows while rows are seen. */
  readonly late: ReadonlySet<string>
  /** Looks at one more row, in columns that showed messages or such structs before. */
  readonly see: (row: Row) => void
}

/**
 * Finds the keys that no reader takes in some columns: of messages, however deep in lists and structs they stand, and of the structs of which a
 * format says what it takes. The role "developer" is named as well, since it is read as "system". Of the first rows and of later ones a thousand each are kept at most.
 */
export const unreadKeys = (
  { columns: seen, sample }: Look,
  columns: ReadonlyArray<string>,
  structs: ReadStructs
): UnreadKeys => {
  const names = new Set<string>()
  const late = new Set<string>()
  const watched = columns.filter((column) => {
    const type = seen.find(({ name }) => name === column)?.columnType
    const values = [type === null || type === undefined ? null : exampleOf(type), ...sample.map((row) => row[column])]
    return values.filter((value) => addKeys(value, column, structs, names)).length > 0
  })
  return {
    names,
    late,
    see: (row) => {
      for (const column of watched) addKeys(row[column], column, structs, late, names)
    }
  }
}

/** Adds the keys in a value and says whether there is a message in it, or a struct that is read. */
const addKeys = (
  value: unknown,
  path: string,
  structs: ReadStructs,
  into: Set<string>,
  known?: ReadonlySet<string>
): boolean => {
  if (typeof value !== "object" || value === null) return false
  let found = false
  if (Array.isArray(value)) {
    const inner = `${path}[]`
    for (const one of value) if (addKeys(one, inner, structs, into, known)) found = true
    return found
  }
  const of = value as Row
  const keys = isMessage(of) ? read : structs.get(path)
  if (of["role"] === "developer" && keys === read)
    add(`${path} (the role developer, which becomes system)`, into, known)
  for (const key in of) {
    if (keys === read && read.has(key)) continue
    const name = `${path}.${key}`
    if (keys === undefined || keys.has(key)) found = addKeys(of[key], name, structs, into, known) || found
    else add(name, into, known)
  }
  return found || keys !== undefined
}

const add = (name: string, into: Set<string>, known?: ReadonlySet<string>): void => {
  if (known?.has(name) !== true && into.size < maxKeys) into.add(name)
}

const isMessage = (of: Row): boolean =>
  typeof of["role"] === "string"
    ? "content" in of || "tool_calls" in of
    : typeof of["from"] === "string" && "value" in of

/** A value with all keys that a type has. */
const exampleOf = (type: ColumnType): unknown =>
  type.kind === "list"
    ? [exampleOf(type.element)]
    : type.kind === "struct"
      ? Object.fromEntries(type.fields.map(({ name, type: of }) => [name, exampleOf(of)]))
      : type.kind === "string"
        ? ""
        : null

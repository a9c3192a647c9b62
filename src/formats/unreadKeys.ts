import type { Look } from "./Format.ts"

const read = new Set(["role", "content", "from", "value", "tool_calls", "name", "tool_call_id"])

/** Names the keys of messages that no reader takes, as `messages[].weight`, from the types of columns and the first rows. */
export const unreadKeys = ({ columns: seen, sample }: Look, columns: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const column of columns) {
    const type = seen.find(({ name }) => name === column)?.columnType
    const fields = type?.kind === "list" && type.element.kind === "struct" ? type.element.fields : []
    if (fields.some(({ name }) => name === "role" || name === "from")) {
      for (const { name } of fields) if (!read.has(name)) found.add(`${column}[].${name}`)
    }
    for (const row of sample) {
      const value = row[column]
      for (const message of Array.isArray(value) ? (value as ReadonlyArray<unknown>) : []) {
        if (typeof message !== "object" || message === null || (!("role" in message) && !("from" in message))) continue
        for (const key of Object.keys(message)) if (!read.has(key)) found.add(`${column}[].${key}`)
      }
    }
  }
  return [...found]
}

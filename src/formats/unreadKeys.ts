import type { Look } from "./Format.ts"

const read = new Set(["role", "content", "from", "value", "tool_calls", "name", "tool_call_id"])

/** Names the keys of messages that no reader takes, as `messages[].weight`, from the first rows of a file. */
export const unreadKeys = ({ sample }: Look, columns: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const column of columns) {
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

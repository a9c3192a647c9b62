import { invalidText } from "./rejectReason.ts"
import { safeNumber } from "./safeNumber.ts"

/** Makes any decoded value one of JSON that a person can read: dates as ISO text, bytes by their number, large integers as text. */
export const showValue = (value: unknown): unknown => {
  if (value === null || value === undefined) return null
  if (value === invalidText) return "(bytes that are not UTF-8)"
  if (typeof value === "bigint") {
    const number = safeNumber(value)
    return typeof number === "bigint" ? String(number) : number
  }
  if (typeof value !== "object") return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "(no date)" : value.toISOString()
  if (value instanceof Uint8Array) return `(${value.length} bytes)`
  if (Symbol.iterator in value && !(value instanceof Map) && "length" in value) {
    return Array.from(value as Iterable<unknown>, showValue)
  }
  const plain = "toJSON" in value && typeof value.toJSON === "function" ? (value.toJSON() as object) : value
  return Object.fromEntries(Object.entries(plain).map(([name, inner]) => [name, showValue(inner)]))
}

/** Makes an object of metadata; long values are cut, because some hold whole schemas. */
export const showMetadata = (entries: Iterable<readonly [string, string]>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(entries, ([key, value]) => [key, value.length > 200 ? `${value.slice(0, 200)}…` : value])
  )

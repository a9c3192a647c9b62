import { isUtf8 } from "node:buffer"
import * as Result from "effect/Result"
import { exactJson } from "../exactJson.ts"
import { type FoundRow, RowFlaw } from "./FoundRows.ts"

/** The longest text that JavaScript can hold in one string, in bytes of UTF-8. */
const longestText = 2 ** 29 - 24

/** Bytes of one row unless an option says otherwise: 64 MiB. */
export const defaultMaxRowBytes = 64 * 2 ** 20

/** Lists and objects inside each other, the row included: as many as an Arrow file can hold. */
const maxDepth = 64

/** The limit that holds for an option, which a string of JavaScript bounds from above. */
export const rowLimit = (maxRowBytes: number | undefined): number =>
  Math.min(maxRowBytes ?? defaultMaxRowBytes, longestText)

/** The flaw of a row that has more bytes than are read. */
export const tooLong = (nBytes: number, maxRowBytes: number): RowFlaw =>
  new RowFlaw(
    "row too long",
    `${nBytes} bytes`,
    `at most ${maxRowBytes} bytes; to accept longer rows, raise the option "maxRowBytes"`
  )

/**
 * Parses the bytes of one JSON object; gives `undefined` for white space alone.
 *
 * `valid` says that the bytes are known to be UTF-8. A whole number whose digits no number keeps is a bigint. What nests more than 64 lists and
 * objects is a flaw.
 */
export const jsonRow = (bytes: Buffer, start: number, end: number, valid: boolean): FoundRow | RowFlaw | undefined => {
  if (!valid && !isUtf8(bytes.subarray(start, end))) {
    return new RowFlaw("invalid UTF-8", "bytes that are not UTF-8", "UTF-8 text")
  }
  const text = bytes.toString("utf8", start, end)
  const parsed = Result.try(() => exactJson(text))
  if (Result.isFailure(parsed)) {
    return /^[ \t\r\n]*$/.test(text)
      ? undefined
      : new RowFlaw("not JSON", `text that is not JSON (${quote(text)})`, "a JSON object")
  }
  const value = parsed.success
  // Each level takes two bytes at least.
  if (end - start > 2 * maxDepth && isDeeper(value, maxDepth)) {
    return new RowFlaw("nested too deep", `lists or objects more than ${maxDepth} deep`, `at most ${maxDepth} levels`)
  }
  return isObject(value) ? value : new RowFlaw("not an object", `${jsonKind(value)} (${quote(text)})`, "a JSON object")
}

const isObject = (value: unknown): value is FoundRow =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether more levels of lists and objects are in a value. */
const isDeeper = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) return value.some((one) => isDeeper(one, levels - 1))
  for (const key in value) if (isDeeper((value as FoundRow)[key], levels - 1)) return true
  return false
}

const jsonKind = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "a JSON array" : `a JSON ${typeof value}`

/** Quotes the start of a text, without the white space around it and well formed. */
const quote = (text: string): string => {
  const inner = text.trim()
  return JSON.stringify(inner.length > 40 ? `${inner.slice(0, 40).toWellFormed()}…` : inner)
}

/** The flaw of an array element that is not there, as in `[1, , 2]`. */
export const missingElement = new RowFlaw("not JSON", "nothing between two commas", "a JSON object")

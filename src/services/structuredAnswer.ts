import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { findJson } from "./findJson.ts"

/** An answer that fits its schema, or why none could be read, in words that a model can act on. */
export type StructuredAnswer<A> =
  | { readonly ok: true; readonly value: A }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads the one JSON object or array of a text that fits a schema. Never guesses.
 *
 * Prose and code fences round it, commas in front of a closing bracket and the thoughts of a reasoning model are left aside. A
 * text without JSON, with half of it, with none that fits or with two that fit and differ is a problem. The problem says what
 * was found and what was expected; what it quotes is short, and no character of it can act on a terminal.
 */
export const structuredAnswer = <A>(schema: Schema.Codec<A>): ((text: string) => StructuredAnswer<A>) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all" })
  const isSame = Schema.toEquivalence(schema)
  return (text) => {
    const found = findJson(text)
    if (!found.ok) return { ok: false, problem: `${found.problem}: ${quoted(found.part)}` }
    const fitting: Array<A> = []
    const misfits: Array<string> = []
    for (const json of found.values) {
      const decoded = decode(json)
      if (Result.isFailure(decoded)) misfits.push(misfit(json, decoded.failure))
      else if (!fitting.some((value) => isSame(value, decoded.success))) fitting.push(decoded.success)
    }
    if (fitting.length === 0) return { ok: false, problem: misfits.at(-1) ?? `found ${quoted(text)}, expected JSON` }
    if (fitting.length > 1) {
      return { ok: false, problem: `found ${fitting.length} answers that differ in ${quoted(text)}, expected one` }
    }
    return { ok: true, value: fitting[0]! }
  }
}

/** JSON Schema of an answer as strict servers want it: closed objects with every key required. */
export const answerSchema = (schema: Schema.Top): unknown => {
  const document = Schema.toJsonSchemaDocument(schema)
  const definitions = Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions }
  return closed({ ...document.schema, ...definitions })
}

const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed)
  if (node === null || typeof node !== "object") return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  return copy["type"] === "object" ? { ...copy, additionalProperties: false } : copy
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** How many places of one answer a problem names. */
const mostPlaces = 3

const misfit = (json: unknown, error: Schema.SchemaError): string => {
  const { issues } = issuesOf(error.issue)
  const places = issues.slice(0, mostPlaces).map(({ message, path = [] }) => {
    const keys = path.map((step) => (typeof step === "object" ? step.key : step))
    const at = keys.length === 0 ? "" : `at ${keys.map(pathStep).join("")}: `
    const expected = message === "Missing key" ? "expected this key" : message.replace(/^Expected/, "expected")
    return `${at}found ${described(valueAt(json, keys))}, ${expected}`
  })
  const more = issues.length - places.length
  return `${places.join("; ")}${more === 0 ? "" : `; and ${more} more`}`
}

const pathStep = (key: PropertyKey, i: number): string =>
  typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${quoted(String(key))}`

const valueAt = (json: unknown, keys: ReadonlyArray<PropertyKey>): unknown =>
  keys.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === "object" && Object.hasOwn(value, key)
        ? (value as Readonly<Record<PropertyKey, unknown>>)[key]
        : undefined,
    json
  )

const described = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (typeof value === "string") return quoted(value)
  if (Array.isArray(value)) return "an array"
  return typeof value === "object" && value !== null ? "an object" : `${value as number | boolean | null}`
}

/** How many characters of an answer a problem quotes. */
const mostCharacters = 80

/** Start and end of a text as a JSON string. */
const quoted = (text: string): string =>
  text.length <= mostCharacters
    ? escaped(text)
    : escaped(`${text.slice(0, mostCharacters / 2)} … ${text.slice(-mostCharacters / 2)}`)

/** As a JSON string, with an escape for whatever controls a terminal, hides text or turns its direction. */
const escaped = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`
    ).join("")
  )

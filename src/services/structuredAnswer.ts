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

/**
 * JSON Schema of an answer as strict servers want it: one object, closed at every depth, with every key required.
 *
 * Throws a `TypeError` for a schema that cannot be written so, before anything is asked: the server would refuse it, or hold the model to
 * something else.
 */
export const answerSchema = (schema: Schema.Top): unknown => {
  const document = Schema.toJsonSchemaDocument(schema)
  const { $ref: name } = document.schema
  const root = typeof name === "string" ? document.definitions[name.slice(name.lastIndexOf("/") + 1)] : document.schema
  if (root?.["type"] !== "object") {
    throw unsendable("found something else than an object", 'one object; put it into a key, such as { "answer": … }')
  }
  const definitions = Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions }
  return closed({ ...document.schema, ...definitions }, [])
}

const closed = (node: unknown, path: ReadonlyArray<string>): unknown => {
  if (Array.isArray(node)) return node.map((one) => closed(one, path))
  if (node === null || typeof node !== "object") return node
  const entries = Object.entries(node).map(([key, value]) => {
    if (key !== "properties" && key !== "$defs") return [key, closed(value, path)] as const
    const below = Object.entries(value as object).map(([name, one]) => [name, closed(one, [...path, name])] as const)
    return [key, Object.fromEntries(below)] as const
  })
  const copy: Readonly<Record<string, unknown>> = Object.fromEntries(entries)
  if (copy["type"] !== "object") return copy
  const { additionalProperties, patternProperties, properties, required = [] } = copy
  const at = path.length === 0 ? "" : ` at ${quoted(path.join("."))}`
  const isOpen = properties === undefined || patternProperties !== undefined || typeof additionalProperties === "object"
  if (isOpen) {
    throw unsendable(
      `found keys of any name${at}`,
      "keys that are named; ask for an array of objects with key and value"
    )
  }
  const optional = Object.keys(properties as object).find((key) => !(required as ReadonlyArray<unknown>).includes(key))
  if (optional !== undefined) {
    const key = quoted([...path, optional].join("."))
    throw unsendable(`found the key ${key}, which may be missing`, "keys that are always there; use Schema.NullOr")
  }
  return { ...copy, additionalProperties: false }
}

const unsendable = (found: string, expected: string): TypeError =>
  new TypeError(`Cannot ask for JSON of a schema: ${found}, expected ${expected}`)

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

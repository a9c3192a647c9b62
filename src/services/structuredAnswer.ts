import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"

/** An answer that fits its schema, or why none could be read. */
export type StructuredAnswer<A> =
  | { readonly ok: true; readonly value: A }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads a JSON answer against a schema. Never guesses: text that is not JSON, or JSON of another shape, is a problem.
 *
 * One code fence round the whole answer is allowed, because models add it unasked.
 */
export const structuredAnswer =
  <A>(schema: Schema.Codec<A>) =>
  (text: string): StructuredAnswer<A> => {
    const json = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text
    const parsed = Schema.decodeUnknownExit(Schema.fromJsonString(schema))(json)
    return Exit.isSuccess(parsed)
      ? { ok: true, value: parsed.value }
      : { ok: false, problem: `found ${JSON.stringify(text.slice(0, 80))}, expected JSON of the asked shape` }
  }

/** JSON Schema of an answer as strict servers want it: closed objects with every key required. */
export const answerSchema = (schema: Schema.Top): unknown => closed(Schema.toJsonSchemaDocument(schema).schema)

const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed)
  if (node === null || typeof node !== "object") return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  return copy["type"] === "object" ? { ...copy, additionalProperties: false } : copy
}

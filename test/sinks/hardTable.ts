import * as Schema from "effect/Schema"
import type { Row } from "./readBack.ts"

const Nullable = Schema.NullOr

/** Columns of every kind, nullable and not, nested and not. */
export const hardFields = {
  id: Schema.String,
  text: Nullable(Schema.String),
  label: Schema.Literals(["first", "second"]),
  int: Schema.Int,
  nullableInt: Nullable(Schema.Int),
  float: Nullable(Schema.Number),
  boolean: Schema.Boolean,
  nullableBoolean: Nullable(Schema.Boolean),
  messages: Schema.Array(Schema.Struct({ role: Schema.String, content: Nullable(Schema.String) })),
  nullableList: Nullable(Schema.Array(Nullable(Schema.Struct({ role: Schema.String })))),
  nested: Nullable(Schema.Array(Nullable(Schema.Array(Nullable(Schema.String))))),
  struct: Nullable(
    Schema.Struct({
      a: Schema.Int,
      b: Nullable(Schema.Struct({ c: Nullable(Schema.Boolean), d: Schema.Array(Schema.Number) }))
    })
  ),
  allNull: Nullable(Schema.String),
  allNullList: Nullable(Schema.Array(Schema.Int))
} as const

const texts = [null, "", "emoji 😀👩‍🔬", "nul \u0000 inside", "漢字", "plain", '"quoted" \\ \u2028 \n']
const floats = [0, -0, 1.5, 5e-324, 1e21, null]
const nonFinite = [NaN, Infinity, -Infinity]

/** Rows with the values that formats get wrong; row `i` is the same whatever their number. */
export const hardRows = (nRows: number, options: { readonly finite: boolean }): ReadonlyArray<Row> => {
  const numbers = options.finite ? floats : [...floats, ...nonFinite]
  return Array.from({ length: nRows }, (_, i) => ({
    id: `row ${i}`,
    text: texts[i % texts.length],
    label: i % 3 === 0 ? "first" : "second",
    int: i % 2 === 0 ? Number.MAX_SAFE_INTEGER - i : Number.MIN_SAFE_INTEGER + i,
    nullableInt: i % 3 === 0 ? i - 50 : null,
    float: numbers[i % numbers.length],
    boolean: i % 3 === 0,
    nullableBoolean: i % 4 === 0 ? null : i % 2 === 0,
    messages: Array.from({ length: i % 4 }, (__, j) => ({
      role: j % 2 === 0 ? "user" : "assistant",
      content: j === 2 ? null : `${"c".repeat(i % 50)}${i}`
    })),
    nullableList: i % 5 === 0 ? null : Array.from({ length: i % 4 }, (__, j) => (j === 1 ? null : { role: `r${j}` })),
    nested:
      i % 6 === 0
        ? null
        : Array.from({ length: i % 3 }, (__, j) =>
            j === 1 ? null : Array.from({ length: i % 4 }, (___, k) => (k === 2 ? null : `v${k}`))
          ),
    struct:
      i % 4 === 0
        ? null
        : {
            a: i,
            b: i % 4 === 1 ? null : { c: i % 3 === 0 ? null : true, d: Array.from({ length: i % 3 }, (__, j) => j / 2) }
          },
    allNull: null,
    allNullList: null
  }))
}

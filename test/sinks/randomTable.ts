import type { ColumnType } from "../../src/Columns.ts"
import * as Columns from "../../src/Columns.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import type { Row } from "./readBack.ts"

/** Values that file formats get wrong. */
const hardTexts = ["", "\u0000", "a\u0000b", "😀", "👩‍🔬", "漢字", "é", "\u2028", '"\\\n\t', "null", "￿", "𐀀", "NaN"]
const hardInts = [0, 1, -1, 255, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1]
const hardFloats = [0, -0, 1, -1.5, 5e-324, 2.2e-308, 1.7976931348623157e308, 1e21, 1e-7, 0.1]
const nonFinite = [NaN, Infinity, -Infinity]

/** A table of random columns, nested up to three deep, and random rows: a function of the seed. */
export const randomTable = (seed: number, nRows: number, options: { readonly finite: boolean }) => {
  const random = keyedRandom("table", seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <A>(values: ReadonlyArray<A>): A => values[below(values.length)]!

  const typeOf = (depth: number): ColumnType => {
    const nullable = random() < 0.5
    const kind = pick(["string", "boolean", "int", "float", ...(depth < 3 ? ["list", "struct"] : [])] as const)
    switch (kind) {
      case "float":
        return { kind, nullable, finite: options.finite }
      case "list":
        return { kind, nullable, element: typeOf(depth + 1) }
      case "struct":
        return {
          kind,
          nullable,
          fields: Array.from({ length: 1 + below(3) }, (_, i) => ({ name: `f${i}`, type: typeOf(depth + 1) }))
        }
      default:
        return { kind: kind as "string", nullable }
    }
  }
  // One column repeats its texts and one hardly does, so that both ways to write text are taken.
  const variety = pick([3, 40, 100_000])
  const valueOf = (type: ColumnType): unknown => {
    if (type.nullable && random() < 0.25) return null
    switch (type.kind) {
      case "string":
        return random() < 0.2 ? pick(hardTexts) : `text ${below(variety)} ${"x".repeat(below(variety) % 50)}`
      case "boolean":
        return random() < 0.5
      case "int":
        return random() < 0.5 ? pick(hardInts) : below(1000) - 500
      case "float":
        if (!type.finite && random() < 0.1) return pick(nonFinite)
        return random() < 0.5 ? pick(hardFloats) : random() * 1000 - 500
      case "list":
        return Array.from({ length: random() < 0.1 ? 12 : below(4) }, () => valueOf(type.element))
      case "struct":
        return Object.fromEntries(type.fields.map((field) => [field.name, valueOf(field.type)]))
    }
  }
  const columns = Array.from({ length: 1 + below(6) }, (_, i) => ({ name: `c${i}`, type: typeOf(0) }))
  const rows: ReadonlyArray<Row> = Array.from({ length: nRows }, () =>
    Object.fromEntries(columns.map((column) => [column.name, valueOf(column.type)]))
  )
  return { columns, fields: Columns.toFields(columns), rows }
}

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { type FoundRow, RowFlaw } from "../../src/sources/FoundRows.ts"
import { SourceError } from "../../src/sources/SourceError.ts"
import { splitElements } from "../../src/sources/splitElements.ts"
import { splitLines, type TextSplitter } from "../../src/sources/splitLines.ts"

const collect = ({ push, end }: TextSplitter, bytes: Buffer, sizes: ReadonlyArray<number>) => {
  const rows: Array<FoundRow | RowFlaw> = []
  const numbers: Array<number> = []
  let start = 0
  for (let i = 0; start < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[i % sizes.length]!)
    const found = push(bytes.subarray(start, start + size))
    if (found instanceof SourceError) throw found
    rows.push(...found.rows)
    numbers.push(...found.numbers)
    start += size
  }
  const found = end()
  if (found instanceof SourceError) throw found
  return { rows: [...rows, ...found.rows], numbers: [...numbers, ...found.numbers] }
}

const Json = Schema.Union([Schema.String, Schema.Number, Schema.Null, Schema.Array(Schema.String)])
const Rows = Schema.Array(Schema.Record(Schema.String, Json))
const Sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })))

/** What JSON makes of a value: -0, infinities and lone surrogates are not the same afterwards. */
const throughJson = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A

describe("splitLines", () => {
  it.prop("splitLines gives the rows that were joined, wherever chunks are cut", [Rows, Sizes], ([rows, sizes]) => {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("")
    const found = collect(splitLines("f", 1e9), Buffer.from(text), sizes)
    assert.deepStrictEqual(found.rows, [...throughJson(rows)])
    assert.deepStrictEqual(
      found.numbers,
      rows.map((_, i) => i + 1)
    )
  })

  it.prop(
    "splitLines finds the same flaws wherever chunks are cut",
    [Schema.Array(Schema.String), Sizes],
    ([parts, sizes]) => {
      const text = parts.map((part) => `{"a":${JSON.stringify(part)}}\n${part}\r\n`).join("")
      const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a, 0xf0, 0x9f])])
      const limit = 20
      assert.deepStrictEqual(collect(splitLines("f", limit), bytes, sizes), collect(splitLines("f", limit), bytes, []))
    }
  )

  it("splitLines counts lines that are skipped or too long", () => {
    const text = `\n{"a":1}\n\n${"x".repeat(30)}\n{"a":2}\r\n${"y".repeat(15)}\r\n${"z".repeat(16)}\r\n`
    for (const sizes of [[], [1], [7]]) {
      const found = collect(splitLines("f", 15), Buffer.from(text), sizes)
      assert.deepStrictEqual(found.numbers, [2, 4, 5, 6, 7])
      assert.deepStrictEqual(
        found.rows.map((row) => (row instanceof RowFlaw ? row.reason : row)),
        [{ a: 1 }, "row too long", { a: 2 }, "not JSON", "row too long"]
      )
    }
  })
})

describe("splitElements", () => {
  it.prop("splitElements gives the rows of an array, wherever chunks are cut", [Rows, Sizes], ([rows, sizes]) => {
    for (const text of [
      JSON.stringify(rows),
      JSON.stringify(rows, null, 2),
      ` [ ${rows.map((row) => JSON.stringify(row)).join(" ,\n")}\t] `
    ]) {
      const found = collect(splitElements("f", 1e9), Buffer.from(text), sizes)
      assert.deepStrictEqual(found.rows, [...throughJson(rows)])
    }
  })

  it("splitElements follows quotes and backslashes over the borders of chunks", () => {
    const strings = ['"', "\\", '\\"', '\\\\"', "\\\\\\", ']}",[{', '"\\'.repeat(20), "\\".repeat(21), ""]
    const rows = strings.map((a) => ({ a, [a]: [a, { a }] }))
    const bytes = Buffer.from(JSON.stringify(rows))
    for (let size = 1; size < 40; size++) {
      assert.deepStrictEqual(collect(splitElements("f", 1e9), bytes, [size]).rows, rows)
    }
  })

  it("splitElements goes on behind elements that are no rows", () => {
    const text = `[{"a":1}, 5, {"a":2},, [1,[2]], {a:3}, "x,]", {"b":"${"x".repeat(40)}"}, null, {"a":4}]`
    for (const sizes of [[], [1], [3, 8]]) {
      const found = collect(splitElements("f", 30), Buffer.from(text), sizes)
      assert.deepStrictEqual(
        found.rows.map((row) => (row instanceof RowFlaw ? `${row.reason}: ${row.found}` : row)),
        [
          { a: 1 },
          'not an object: a JSON number ("5")',
          { a: 2 },
          "not JSON: nothing between two commas",
          'not an object: a JSON array ("[1,[2]]")',
          'not JSON: text that is not JSON ("{a:3}")',
          'not an object: a JSON string ("\\"x,]\\"")',
          "row too long: 49 bytes",
          'not an object: null ("null")',
          { a: 4 }
        ]
      )
      assert.deepStrictEqual(found.numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    }
  })
})

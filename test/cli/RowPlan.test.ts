import { hash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { planRow, type RowPlan } from "../../src/cli/RowPlan.ts"
import type { Column, ColumnType } from "../../src/Columns.ts"
import type { Preference, Reader, Row, Writer } from "../../src/formats/Format.ts"
import { FormatFlaw } from "../../src/formats/Format.ts"
import { NumberSlot } from "../../src/sinks/FixedRow.ts"
import type { LineShape } from "../../src/sources/LineShapes.ts"
import { Utf8Text } from "../../src/Utf8Text.ts"

const text: ColumnType = { kind: "string", nullable: true }
const int: ColumnType = { kind: "int", nullable: true }

const shape: LineShape = {
  literals: ['{"a":"', '","b":"', '","n":', ',"deep":[{"c":"', '"}]}'],
  slots: [
    { kind: "text", column: "a" },
    { kind: "text", column: "b" },
    { kind: "number", column: "n" },
    { kind: "text", column: "deep" }
  ]
}

/** Plans rows that are made of rows of the input by a function alone. */
const plan = (
  columns: ReadonlyArray<Column>,
  convert: (row: Row) => ReadonlyArray<Row> | FormatFlaw,
  same: ReadonlyArray<number> = [0, 1, 2, 3]
) => {
  const values = { texts: shape.slots.map(() => new Utf8Text()), numbers: [0, 0, 0, 0] }
  const put = (i: number, value: string) => values.texts[i]!.set(Buffer.from(value), 0, Buffer.byteLength(value))
  const reader = { read: (row: Row) => row as unknown as Preference } as Reader
  const writer = {
    write: (record: Preference, into: Array<Row>) => {
      const rows = convert(record)
      if (rows instanceof FormatFlaw) return rows
      into.push(...rows)
      return undefined
    }
  } as Writer
  return { found: planRow(shape, same, values, { columns, reader, writer }), values, put }
}

const plain = (value: unknown): unknown =>
  value instanceof Utf8Text ? value.toString() : value instanceof NumberSlot ? value.value : value

const rowsOf = ({ rows }: RowPlan): unknown => JSON.parse(JSON.stringify(rows, (_, value: unknown) => plain(value)))

const columns: ReadonlyArray<Column> = [
  { name: "x", type: text },
  { name: "n", type: int }
]

describe("RowPlan", () => {
  it("RowPlan moves, joins and hashes what the slots hold, into rows of any depth", () => {
    const list: Column = {
      name: "list",
      type: { kind: "list", nullable: false, element: { kind: "struct", nullable: false, fields: columns } }
    }
    const { found, put, values } = plan([...columns, list], ({ a, b, deep, n }) => [
      { x: `${String(a)}: ${String(b)}!`, n, list: [{ x: (deep as ReadonlyArray<Row>)[0]!["c"], n: 7 }] },
      { x: hash("sha256", String(a)), n: null, list: [] }
    ])
    assert.isDefined(found)
    const before = found.rows.map((row) => [row, ...Object.values(row)])
    for (const [a, b, n, c] of [
      ["one", "two", 3, "three"],
      ["模".repeat(5000), "", -0.5, "\n"]
    ] as const) {
      put(0, a)
      put(1, b)
      put(3, c)
      values.numbers[2] = n
      assert.strictEqual(found.fill(), Number.isInteger(n))
      if (Number.isInteger(n)) {
        assert.deepStrictEqual(rowsOf(found), [
          { x: `${a}: ${b}!`, n, list: [{ x: c, n: 7 }] },
          { x: hash("sha256", a), n: null, list: [] }
        ])
      }
    }
    for (const [i, row] of found.rows.entries()) {
      for (const [k, one] of [row, ...Object.values(row)].entries()) assert.strictEqual(one, before[i]![k])
    }
    assert.isTrue(found.joins)
    assert.deepStrictEqual([...found.read].toSorted(), ["a", "b", "deep", "n"])
  })

  it("RowPlan gives texts that are the same one place, and says which columns were looked at", () => {
    const { found, put } = plan(columns, ({ a, b }) => [{ x: a === b ? b : "other", n: null }], [0, 0, 2, 3])
    assert.isDefined(found)
    put(0, "same")
    assert.isTrue(found.fill())
    assert.deepStrictEqual(rowsOf(found), [{ x: "same", n: null }])
    assert.isFalse(found.joins)
    assert.deepStrictEqual([...found.read], ["a", "b"])
  })

  it.each<readonly [string, (row: Row) => ReadonlyArray<Row> | FormatFlaw]>([
    ["trims a text", ({ a }) => [{ x: String(a).trim(), n: null }]],
    ["changes its case", ({ a }) => [{ x: String(a).toLowerCase(), n: null }]],
    ["normalises it", ({ a }) => [{ x: String(a).normalize(), n: null }]],
    ["cuts it", ({ a }) => [{ x: String(a).slice(0, -1), n: null }]],
    ["writes it as JSON", ({ a }) => [{ x: JSON.stringify(a), n: null }]],
    ["counts it", ({ a }) => [{ x: null, n: String(a).length }]],
    ["writes a number as text", ({ n }) => [{ x: String(n), n: null }]],
    ["reckons with a number", ({ n }) => [{ x: null, n: Number(n) + 1 }]],
    ["orders by a number", ({ a, b, n }) => [{ x: Number(n) > 0 ? a : b, n: null }]],
    ["refuses the row", () => new FormatFlaw("tie", null, "a tie", "none")],
    ["gives what its columns do not hold", ({ a }) => [{ x: null, n: a }]]
  ])("RowPlan has no plan where a format %s", (_, convert) => {
    assert.isUndefined(plan(columns, convert).found)
  })

  it("RowPlan has no plan for columns that hold less than their type", () => {
    const convert = ({ a }: Row) => [{ x: a }]
    assert.isDefined(plan([{ name: "x", type: text }], convert).found)
    assert.isUndefined(plan([{ name: "x", type: text, accepts: () => true }], convert).found)
    assert.isUndefined(plan([{ name: "__proto__", type: text }], convert).found)
  })
})

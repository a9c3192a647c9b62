import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { parquetWriteFile } from "hyparquet-writer"
import { anyRows } from "../../src/sources/anyRows.ts"
import { arrow } from "../../src/sources/arrow.ts"
import { csv } from "../../src/sources/csv.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { json } from "../../src/sources/json.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { memory } from "../../src/sources/memory.ts"
import { parquet } from "../../src/sources/parquet.ts"
import { setOwn } from "../../src/sources/setOwn.ts"
import { readAll, temporaryFolder } from "../contracts/source.ts"

/** Names that every object answers to, or that are none. */
const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", ""]
const cells = ["a", "b"].map((row) => names.map((name) => `${name} of ${row}`))
const objectOf = (values: ReadonlyArray<unknown>): object =>
  Object.fromEntries(names.map((name, i) => [name, values[i]]))
const rows = cells.map(objectOf)
const textFields = Object.fromEntries(names.map((name) => [name, Schema.String])) as Schema.Struct.Fields

const write = (file: string): void => {
  const schema = new Arrow.Schema(names.map((name) => new Arrow.Field(name, new Arrow.Utf8())))
  const children = names.map(
    (_, i) =>
      Arrow.vectorFromArray(
        cells.map((row) => row[i]!),
        new Arrow.Utf8()
      ).data[0]!
  )
  const data = Arrow.makeData({ type: new Arrow.Struct(schema.fields), length: 2, nullCount: 0, children })
  const columnData = names.map((name, i) => ({ name, type: "STRING" as const, data: cells.map((row) => row[i]!) }))
  const quoted = (row: ReadonlyArray<string>) => `${row.map((cell) => `"${cell}"`).join(",")}\n`
  switch (path.extname(file)) {
    case ".parquet":
      return parquetWriteFile({ filename: file, columnData })
    case ".arrow":
      return fs.writeFileSync(file, Arrow.tableToIPC(new Arrow.Table(new Arrow.RecordBatch(schema, data)), "file"))
    case ".csv":
      return fs.writeFileSync(file, [names, ...cells].map(quoted).join(""))
    case ".json":
      return fs.writeFileSync(file, JSON.stringify(rows))
    default:
      return fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
  }
}

/** The entries of objects, since deep equality looks away from some of these names. */
const entriesOf = (objects: ReadonlyArray<object>) => objects.map((object) => Object.entries(object))

describe("setOwn", () => {
  it("setOwn sets values that belong to the object, whatever their name", () => {
    for (const name of [...names, "text"]) {
      const into: Record<string, unknown> = {}
      setOwn(into, name, { x: 1 })
      assert.deepStrictEqual(Object.entries(into), [[name, { x: 1 }]])
      assert.strictEqual(Object.getPrototypeOf(into), Object.prototype)
      setOwn(into, name, 2)
      assert.deepStrictEqual(Object.entries(into), [[name, 2]])
    }
  })

  it.effect.each([
    ["parquet", parquet],
    ["arrow", arrow],
    ["csv", csv],
    ["json", json],
    ["jsonl", jsonl]
  ] as const)(
    "setOwn keeps columns of any name of %s, in its source, in anyRows and in inspectFile",
    ([kind, source]) =>
      Effect.gen(function* () {
        const file = path.join(yield* temporaryFolder, `a.${kind}`)
        write(file)
        const wanted = entriesOf(rows)
        assert.deepStrictEqual(entriesOf((yield* readAll(source(file, textFields))).rows), wanted)
        const inspection = yield* inspectFile(file, { rows: 2 })
        assert.deepStrictEqual(
          inspection.columns.map(({ name, type }) => [name, type.toLowerCase()]),
          names.map((name) => [name, kind === "arrow" ? "utf8" : "string"])
        )
        assert.deepStrictEqual(entriesOf(inspection.sample), wanted)
        const found = yield* Stream.runCollect(anyRows([inspection], names))
        assert.deepStrictEqual(
          found.flatMap((some) => entriesOf(some.rows)),
          wanted
        )
      })
  )

  it.effect("setOwn keeps columns of any name of rows in memory", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        entriesOf((yield* readAll(memory(rows as ReadonlyArray<{}>, textFields))).rows),
        entriesOf(rows)
      )
    })
  )

  it.effect("setOwn keeps fields of any name inside a column", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const fields = { inner: Schema.Struct(textFields), list: Schema.Array(Schema.Struct(textFields)) }
      const wanted = cells.map((values) => ({ inner: objectOf(values), list: [objectOf(values)] }))
      const lines = path.join(folder, "a.jsonl")
      fs.writeFileSync(lines, wanted.map((row) => `${JSON.stringify(row)}\n`).join(""))
      const struct = new Arrow.Struct(names.map((name) => new Arrow.Field(name, new Arrow.Utf8())))
      const children = names.map(
        (_, i) =>
          Arrow.vectorFromArray(
            cells.map((row) => row[i]!),
            new Arrow.Utf8()
          ).data[0]!
      )
      const inner = Arrow.makeData({ type: struct, length: 2, nullCount: 0, children })
      const listType = new Arrow.List(new Arrow.Field("item", struct))
      const list = Arrow.makeData({ type: listType, length: 2, nullCount: 0, valueOffsets: [0, 1, 2], child: inner })
      const table = new Arrow.Table({ inner: new Arrow.Vector([inner]), list: new Arrow.Vector([list]) })
      const ipc = path.join(folder, "a.arrow")
      fs.writeFileSync(ipc, Arrow.tableToIPC(table, "file"))
      for (const source of [jsonl(lines, fields), arrow(ipc, fields)]) {
        const read = (yield* readAll(source)).rows as ReadonlyArray<(typeof wanted)[number]>
        assert.deepStrictEqual(
          read.map((row) => entriesOf([row.inner, ...row.list])),
          wanted.map((row) => entriesOf([row.inner, ...row.list]))
        )
      }
    })
  )
})

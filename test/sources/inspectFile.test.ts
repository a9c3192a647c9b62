import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import { parquetWriteFile } from "hyparquet-writer"
import * as Columns from "../../src/Columns.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { readAll, temporaryFolder } from "../contracts/source.ts"
import { jsonl } from "../../src/sources/jsonl.ts"

const inspect = (name: string, bytes: string | Uint8Array, rows = 2) =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryFolder, name)
    fs.writeFileSync(file, bytes)
    const inspection = yield* inspectFile(file, { rows })
    assert.strictEqual(inspection.file, file)
    assert.strictEqual(inspection.bytes, bytes.length)
    return inspection
  })

const lines = (nRows: number) =>
  Array.from(
    { length: nRows },
    (_, i) =>
      `{"id":"${i}","x":${i === 1 ? 0.5 : i},"tags":[${i === 0 ? "" : '"a"'}]${i === 0 ? ',"extra":{"a":1}' : ""}}\n`
  ).join("")

const lineColumns = [
  ["id", "string"],
  ["x", "number"],
  ["tags", "list of string"],
  ["extra", "{a: integer} or null"]
]

describe("inspectFile", () => {
  it.effect("inspectFile infers the columns of JSON Lines and counts rows that it has seen anyway", () =>
    Effect.gen(function* () {
      for (const name of ["a.jsonl", "a.ndjson", "unknown", "a.json"]) {
        const inspection = yield* inspect(name, lines(100))
        assert.strictEqual(inspection.format, "jsonl")
        assert.strictEqual(inspection.inferredFrom, 100)
        assert.strictEqual(inspection.nRows, 100)
        assert.deepStrictEqual(
          inspection.columns.map(({ name: column, type }) => [column, type]),
          lineColumns
        )
        assert.deepStrictEqual(inspection.sample, [
          { id: "0", x: 0, tags: [], extra: { a: 1 } },
          { id: "1", x: 0.5, tags: ["a"] }
        ])
      }
      const longer = yield* inspect("a.jsonl", lines(101))
      assert.isNull(longer.nRows)
      assert.strictEqual(longer.inferredFrom, 100)
    })
  )

  it.effect("inspectFile takes no text for what the name promises", () =>
    Effect.gen(function* () {
      for (const [name, promised] of [
        ["a.parquet", "a Parquet file, as the name says"],
        ["a.ARROW", "Arrow data, as the name says"],
        ["a.jsonl.gz", "gzip data, as the name says"]
      ] as const) {
        const { message } = yield* Effect.flip(inspect(name, '\x9d"\x01 no such format'))
        assert.include(message, `found plain text, expected ${promised}`)
      }
    })
  )

  it.effect("inspectFile says what to do with what comes through a pipe", () =>
    Effect.gen(function* () {
      for (const [name, found] of [
        ["-", "no such file"],
        ["/dev/null", "something that is no regular file"]
      ] as const) {
        const { message } = yield* Effect.flip(inspectFile(name))
        assert.include(message, `found ${found}, expected a file; write what comes through a pipe into one first`)
      }
    })
  )

  it.effect("inspectFile tells compression by the first bytes", () =>
    Effect.gen(function* () {
      const gzip = yield* inspect("a.bin", zlib.gzipSync(lines(3)))
      assert.deepStrictEqual([gzip.format, gzip.compression, gzip.nRows], ["jsonl", "gzip", 3])
      const zstd = yield* inspect("a.json.zst", zlib.zstdCompressSync('[{"id":1},{"id":null}]'))
      assert.deepStrictEqual([zstd.format, zstd.compression, zstd.nRows], ["json", "zstd", 2])
      assert.deepStrictEqual(zstd.columns, [
        { name: "id", type: "integer or null", columnType: { kind: "int", nullable: true } }
      ])
    })
  )

  it.effect("inspectFile gives column types with which the file can be read", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      fs.writeFileSync(file, lines(500))
      const { columns } = yield* inspectFile(file)
      const fields = Columns.toFields(columns.map(({ name, columnType }) => ({ name, type: columnType! })))
      const reading = yield* readAll(jsonl(file, fields))
      assert.strictEqual(reading.rows.length, 500)
      assert.deepStrictEqual(reading.rejects, [])
    })
  )

  it.effect("inspectFile says when values have different types", () =>
    Effect.gen(function* () {
      const { columns } = yield* inspect("a.jsonl", '{"x":1,"n":null}\n{"x":"a"}\n')
      assert.deepStrictEqual(columns, [
        { name: "x", type: "values of different types", columnType: null },
        { name: "n", type: "null", columnType: { kind: "string", nullable: true } }
      ])
    })
  )

  it.effect("inspectFile shows all digits of whole numbers that no number holds, and calls them integers", () =>
    Effect.gen(function* () {
      const { columns, sample } = yield* inspect("a.jsonl", '{"n":9007199254740993,"m":[1,-1234567890123456789]}\n')
      assert.deepStrictEqual(
        columns.map(({ type }) => type),
        ["integer", "list of integer"]
      )
      assert.deepStrictEqual(sample, [{ n: "9007199254740993", m: [1, "-1234567890123456789"] }])
    })
  )

  it.effect("inspectFile infers the columns of CSV", () =>
    Effect.gen(function* () {
      const inspection = yield* inspect("a.csv", 'id,n,x,ok,note\na,1,1.5,true,\n"b\nc",2,,False,x\n')
      assert.deepStrictEqual(
        inspection.columns.map(({ name, type }) => [name, type]),
        [
          ["id", "string"],
          ["n", "integer"],
          ["x", "number or null"],
          ["ok", "boolean"],
          ["note", "string"]
        ]
      )
      assert.deepStrictEqual([inspection.format, inspection.nRows, inspection.inferredFrom], ["csv", 2, 2])
      assert.deepStrictEqual(inspection.sample[1], { id: "b\nc", n: "2", x: "", ok: "False", note: "x" })
      const long = yield* inspect("a.csv", `id\n${"a\n".repeat(5000)}`)
      assert.isNull(long.nRows)
    })
  )

  it.effect("inspectFile shows the schema, metadata and first rows of Parquet", () =>
    Effect.gen(function* () {
      const filename = path.join(yield* temporaryFolder, "a")
      parquetWriteFile({
        filename,
        rowGroupSize: 2,
        kvMetadata: [{ key: "made by", value: "x".repeat(300) }],
        columnData: [
          { name: "id", data: ["a", "b", "c"], type: "STRING" },
          { name: "n", data: [1n, 9007199254740993n, null], type: "INT64" },
          { name: "at", data: [new Date(0), new Date(1), null], type: "TIMESTAMP" },
          { name: "list", data: [[1, 2], [], null] }
        ]
      })
      const inspection = yield* inspectFile(filename, { rows: 5 })
      assert.deepStrictEqual(inspection, {
        format: "parquet",
        compression: null,
        file: filename,
        bytes: fs.statSync(filename).size,
        columns: inspection.columns,
        inferredFrom: null,
        nRows: 3,
        rowGroups: 2,
        metadata: { "made by": `${"x".repeat(200)}…` },
        sample: [
          { id: "a", n: 1, at: "1970-01-01T00:00:00.000Z", list: "[1,2]" },
          { id: "b", n: "9007199254740993", at: "1970-01-01T00:00:00.001Z", list: "[]" }
        ]
      })
      assert.deepStrictEqual(
        inspection.columns.map(({ name, type, columnType }) => [name, type, columnType?.kind ?? null]),
        [
          ["id", "string", "string"],
          ["n", "int64", "int"],
          ["at", "timestamp[millis]", "string"],
          ["list", "json", "string"]
        ]
      )
    })
  )

  it.effect("inspectFile shows the schema and first rows of Arrow files and streams", () =>
    Effect.gen(function* () {
      const table = new Arrow.Table({
        id: Arrow.vectorFromArray(["a", "b", "c"], new Arrow.Utf8()),
        day: Arrow.vectorFromArray([new Date(0), null, null], new Arrow.DateMillisecond()),
        tags: Arrow.vectorFromArray([["x"], [], null], new Arrow.List(new Arrow.Field("item", new Arrow.Utf8(), true)))
      })
      for (const format of ["file", "stream"] as const) {
        const inspection = yield* inspect("a", Arrow.tableToIPC(table, format))
        assert.strictEqual(inspection.format, `arrow ${format}`)
        assert.deepStrictEqual(
          inspection.columns.map(({ name, type, columnType }) => [name, type, columnType?.kind ?? null]),
          [
            ["id", "Utf8", "string"],
            ["day", "Date64<MILLISECOND>", "string"],
            ["tags", "List<Utf8>", "list"]
          ]
        )
        assert.deepStrictEqual([inspection.nRows, inspection.rowGroups], [3, 1])
        assert.deepStrictEqual(
          inspection.sample.map(({ id, tags }) => ({ id, tags })),
          [
            { id: "a", tags: ["x"] },
            { id: "b", tags: [] }
          ]
        )
      }
    })
  )

  it.effect("inspectFile shows decimals of a scale that no text can hold as columns that are not read", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const seen = (columns: ReadonlyArray<{ readonly columnType: Columns.ColumnType | null }>) =>
        columns.map(({ columnType }) => columnType?.kind ?? null)
      for (const precision of [9, 38]) {
        for (const scale of [-2e9, -77, -5, 5, 77, 2e9]) {
          const kind = Math.abs(scale) > 76 ? null : precision === 38 ? "string" : scale > 0 ? "float" : "int"
          const filename = path.join(folder, "a")
          const type = { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, converted_type: "DECIMAL" } as const
          parquetWriteFile({
            filename,
            columnData: [{ name: "x", data: [1n] }],
            schema: [
              { name: "root", num_children: 1 },
              { name: "x", repetition_type: "OPTIONAL", ...type, precision, scale }
            ]
          })
          assert.deepStrictEqual(seen((yield* inspectFile(filename, { rows: 1 })).columns), [kind])
          const data = Uint32Array.of(1, 0, 0, 0)
          const x = Arrow.makeVector({ type: new Arrow.Decimal(scale, precision), data } as never) as Arrow.Vector
          const { columns } = yield* inspect("a", Arrow.tableToIPC(new Arrow.Table({ x }), "file"))
          assert.deepStrictEqual(seen(columns), [kind])
        }
      }
    })
  )

  it.effect("inspectFile can leave the sample out", () =>
    Effect.gen(function* () {
      const { sample, nRows } = yield* inspect("a.jsonl", lines(3), 0)
      assert.deepStrictEqual([sample, nRows], [[], 3])
    })
  )

  it.effect("inspectFile sees that a row has no column of such a name", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      fs.writeFileSync(file, '{"constructor": "a", "__proto__": "b"}\n{}\n')
      const { columns } = yield* inspectFile(file, { rows: 0 })
      assert.deepStrictEqual(
        columns.map(({ name, type }) => [name, type]),
        [
          ["constructor", "string or null"],
          ["__proto__", "string or null"]
        ]
      )
    })
  )
})

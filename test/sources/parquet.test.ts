import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { parquetWriteFile } from "hyparquet-writer"
import { parquet } from "../../src/sources/parquet.ts"
import { flatFields, flatRows, readAll, sourceContract, temporaryFolder } from "../contracts/source.ts"

type Write = Parameters<typeof parquetWriteFile>[0]

const types = {
  id: "STRING",
  text: "STRING",
  note: "STRING",
  n: "INT64",
  score: "DOUBLE",
  ok: "BOOLEAN",
  verdict: "STRING"
} as const

const writeRows = (filename: string, rows: ReadonlyArray<object>, options: Partial<Write> = {}) =>
  Effect.sync(() => {
    const columnData = Object.entries(types).map(([name, type]) => ({
      name,
      type,
      data: rows.map((row) => {
        const value = (row as Record<string, unknown>)[name]
        return name === "n" ? BigInt(value as number) : value
      })
    }))
    fs.mkdirSync(path.dirname(filename), { recursive: true })
    parquetWriteFile({ filename, columnData, rowGroupSize: 1000, ...options })
    return filename
  })

sourceContract({
  name: "parquet",
  write: (stem, rows) => writeRows(`${stem}.parquet`, rows),
  read: (paths, options) => parquet(paths, flatFields, options),
  knowsRows: true
})

describe("parquet", () => {
  it.effect.each([
    ["UNCOMPRESSED", undefined],
    ["SNAPPY", undefined],
    ["GZIP", (bytes: Uint8Array) => zlib.gzipSync(bytes)],
    ["ZSTD", (bytes: Uint8Array) => zlib.zstdCompressSync(bytes)],
    [
      "BROTLI",
      (bytes: Uint8Array) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })
    ]
  ] as const)("parquet reads %s", ([codec, compress]) =>
    Effect.gen(function* () {
      const rows = flatRows(2500)
      const options = { codec, ...(compress && { compressors: { [codec]: compress } }) } as Partial<Write>
      const file = yield* writeRows(path.join(yield* temporaryFolder, "a.parquet"), rows, options)
      assert.deepStrictEqual((yield* readAll(parquet(file, flatFields))).rows, rows)
    })
  )

  it.effect("parquet refuses a field inside a column that its reader would lose, and reads the others", () =>
    Effect.gen(function* () {
      const filename = path.join(yield* temporaryFolder, "a.parquet")
      const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" } as const
      parquetWriteFile({
        filename,
        schema: [
          { name: "root", num_children: 1 },
          { name: "inner", num_children: 2, repetition_type: "OPTIONAL" },
          { name: "__proto__", ...text },
          { name: "x", ...text }
        ],
        columnData: [
          {
            name: "inner",
            data: [
              Object.fromEntries([
                ["__proto__", "lost"],
                ["x", "kept"]
              ])
            ]
          }
        ]
      })
      const both = Object.fromEntries([
        ["__proto__", Schema.String],
        ["x", Schema.String]
      ]) as Schema.Struct.Fields
      const inList = Schema.Array(Schema.Struct(both))
      for (const inner of [Schema.Struct(both), inList]) {
        const error = yield* Effect.flip(readAll(parquet(filename, { inner })))
        assert.strictEqual(
          error.message,
          `Cannot read "${filename}": found a field "__proto__", which the reader of Parquet loses at column "inner", expected another name; rename the field`
        )
      }
      const reading = yield* readAll(parquet(filename, { inner: Schema.Struct({ x: Schema.String }) }))
      assert.deepStrictEqual(reading.rows, [{ inner: { x: "kept" } }])
    })
  )

  it.effect("parquet reads declared columns alone", () =>
    Effect.gen(function* () {
      const file = yield* writeRows(path.join(yield* temporaryFolder, "a.parquet"), flatRows(100), {
        codec: "UNCOMPRESSED"
      })
      const bytes = fs.readFileSync(file)
      // Another column is damaged, which nobody notices who does not read it.
      bytes.fill(0xff, bytes.indexOf("two\nlines"), bytes.indexOf("two\nlines") + 40)
      fs.writeFileSync(file, bytes)
      const reading = yield* readAll(parquet(file, { n: Schema.Int, id: Schema.String }))
      assert.deepStrictEqual(
        reading.rows,
        flatRows(100).map(({ id, n }) => ({ n, id }))
      )
    })
  )

  it.effect("parquet reads a folder of shards in the order of their names", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const rows = flatRows(30)
      yield* writeRows(path.join(folder, "data/train-00001-of-00002.parquet"), rows.slice(10))
      yield* writeRows(path.join(folder, "data/train-00000-of-00002.parquet"), rows.slice(0, 10))
      yield* writeRows(path.join(folder, "rejects.parquet"), rows)
      assert.deepStrictEqual((yield* readAll(parquet(folder, flatFields))).rows, rows)
      yield* writeRows(path.join(folder, "data/test-00000-of-00001.parquet"), rows.slice(0, 3))
      const reading = yield* readAll(parquet(folder, flatFields, { split: "train" }))
      assert.deepStrictEqual(reading.rows, rows)
      assert.strictEqual(reading.totalRows, 30)
      assert.strictEqual((yield* readAll(parquet(folder, flatFields, { split: "test" }))).rows.length, 3)
    })
  )

  it.effect("parquet reads a folder whose names show no split", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* writeRows(path.join(folder, "0001.parquet"), flatRows(3).slice(2))
      yield* writeRows(path.join(folder, "0000.parquet"), flatRows(3).slice(0, 2))
      assert.deepStrictEqual((yield* readAll(parquet(folder, flatFields))).rows, flatRows(3))
    })
  )

  it.effect(
    "parquet reads of a finished run what its manifest lists, whatever an earlier run or its rejects left there",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const rows = flatRows(5)
        const list = (...files: ReadonlyArray<string>) =>
          fs.writeFileSync(
            path.join(folder, "manifest.json"),
            JSON.stringify({ prefloom: "0.1.0", files: [...files, "rejects.parquet"].map((name) => ({ path: name })) })
          )
        const read = readAll(parquet(folder, flatFields))
        yield* writeRows(path.join(folder, "data/train-00000-of-00001.parquet"), rows.slice(0, 2))
        yield* writeRows(path.join(folder, "pairs.parquet"), rows)
        yield* writeRows(path.join(folder, "rejects.parquet"), rows.slice(0, 1))
        yield* writeRows(path.join(folder, "deep/pairs.parquet"), rows.slice(1))
        list("pairs.parquet")
        assert.deepStrictEqual((yield* read).rows, rows)
        list("data/train-00000-of-00001.parquet", "deep/pairs.parquet")
        assert.deepStrictEqual((yield* read).rows, rows.slice(0, 2))
        list("deep/pairs.parquet")
        assert.deepStrictEqual((yield* read).rows, rows.slice(1))
        list("pairs.jsonl", "pairs.parquet")
        fs.writeFileSync(path.join(folder, "pairs.jsonl"), "{}")
        fs.rmSync(path.join(folder, "pairs.parquet"))
        list("pairs.jsonl")
        const { message } = yield* Effect.flip(read)
        assert.match(message, /found no Parquet file among those that its manifest\.json lists, expected at least one/)
        for (const other of ["{", '{"name":"an app"}', '{"prefloom":"0.1.0","files":[{"path":"gone.parquet"}]}']) {
          fs.writeFileSync(path.join(folder, "manifest.json"), other)
          assert.deepStrictEqual((yield* read).rows, rows.slice(0, 2), other)
        }
      })
  )

  it.effect("parquet refuses the folder of a run that has not finished", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* writeRows(path.join(folder, "data/train-00000-of-00001.parquet"), flatRows(2))
      fs.mkdirSync(path.join(folder, ".prefloom"))
      fs.writeFileSync(path.join(folder, ".prefloom/written"), "manifest.json\n")
      const { message } = yield* Effect.flip(readAll(parquet(folder, flatFields)))
      assert.match(
        message,
        /found no manifest\.json, which the run or the conversion .*, expected that of a finished one/
      )
    })
  )

  it.effect("parquet makes numbers of 64-bit integers that fit and rejects the others", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.parquet")
      const data = [1n, -9007199254740991n, 9007199254740992n, null, 9223372036854775807n]
      parquetWriteFile({ filename: file, columnData: [{ name: "n", data, type: "INT64" }] })
      for (const schema of [Schema.Int, Schema.Finite]) {
        const reading = yield* readAll(parquet(file, { n: Schema.NullOr(schema) }, { maxRejectShare: 1 }))
        assert.deepStrictEqual(
          reading.rows.map((row) => row.n),
          [1, -9007199254740991, null]
        )
        assert.deepStrictEqual(
          reading.rejects.map(({ id, reason }) => [id, reason]),
          [
            [`${path.basename(file)}:3`, "integer too large"],
            [`${path.basename(file)}:5`, "integer too large"]
          ]
        )
      }
    })
  )

  it.effect("parquet rejects values that the columns refuse", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.parquet")
      parquetWriteFile({
        filename: file,
        columnData: [{ name: "x", data: [1, Number.NaN, null, Number.POSITIVE_INFINITY, 2], type: "DOUBLE" }]
      })
      const reading = yield* readAll(parquet(file, { x: Schema.Finite }, { maxRejectShare: 1 }))
      assert.deepStrictEqual(reading.rows, [{ x: 1 }, { x: 2 }])
      assert.deepStrictEqual(
        reading.rejects.map(({ id, reason }) => [id.slice(-2), reason]),
        [
          [":2", "not finite"],
          [":3", "null value"],
          [":4", "not finite"]
        ]
      )
      const free = yield* readAll(parquet(file, { x: Schema.NullOr(Schema.Number) }))
      assert.deepStrictEqual(
        free.rows.map((row) => row.x),
        [1, Number.NaN, null, Number.POSITIVE_INFINITY, 2]
      )
    })
  )

  it.effect("parquet says which compressions it reads, and what to do about another", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.parquet")
      parquetWriteFile({
        filename: file,
        codec: "LZ4_RAW",
        compressors: { LZ4_RAW: (bytes) => bytes },
        columnData: [{ name: "id", data: ["a"], type: "STRING" }]
      })
      const { message } = yield* Effect.flip(readAll(parquet(file, { id: Schema.String })))
      assert.match(
        message,
        /found the compression LZ4_RAW .*, expected one of .*ZSTD.*; write the file again with one of/
      )
    })
  )

  it.effect("parquet keeps byte order marks and rejects text that is not UTF-8", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.parquet")
      const texts = ["\ufeffmark", "REPLACE", "\ufffd", "last"]
      parquetWriteFile({
        filename: file,
        codec: "UNCOMPRESSED",
        statistics: false,
        columnData: [{ name: "id", data: texts, type: "STRING" }]
      })
      const bytes = fs.readFileSync(file)
      bytes[bytes.indexOf("REPLACE")] = 0xff
      fs.writeFileSync(file, bytes)
      const reading = yield* readAll(parquet(file, { id: Schema.String }, { maxRejectShare: 1 }))
      assert.deepStrictEqual(
        reading.rows.map((row) => row.id),
        ["\ufeffmark", "\ufffd", "last"]
      )
      assert.deepStrictEqual(reading.rejects, [
        {
          id: `${path.basename(file)}:2`,
          stage: "parquet",
          reason: "invalid UTF-8",
          detail: `Cannot read "${path.basename(file)}": found bytes that are not UTF-8 at row 2, column "id", expected string`
        }
      ])
    })
  )

  it.effect("parquet reads a file without rows", () =>
    Effect.gen(function* () {
      const file = yield* writeRows(path.join(yield* temporaryFolder, "a.parquet"), [])
      const reading = yield* readAll(parquet(file, flatFields))
      assert.deepStrictEqual(reading.rows, [])
      assert.strictEqual(reading.totalRows, 0)
    })
  )

  it.effect(
    "parquet reads dates, times and decimals as texts of ISO 8601 and as numbers or texts with all digits",
    () =>
      Effect.gen(function* () {
        const filename = path.join(yield* temporaryFolder, "a.parquet")
        const column = (name: string, type: object) => ({ name, repetition_type: "OPTIONAL", ...type }) as const
        const decimal = (precision: number, scale: number) => ({ converted_type: "DECIMAL", precision, scale })
        const schema = [
          { name: "root", num_children: 7 },
          column("ms", { type: "INT64", converted_type: "TIMESTAMP_MILLIS" }),
          column("us", { type: "INT64", logical_type: { type: "TIMESTAMP", unit: "MICROS", isAdjustedToUTC: false } }),
          column("day", { type: "INT32", converted_type: "DATE" }),
          column("time", { type: "INT32", converted_type: "TIME_MILLIS" }),
          column("few", { type: "INT32", ...decimal(9, 2) }),
          column("many", { type: "INT64", ...decimal(18, 4) }),
          column("bytes", { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, ...decimal(38, 2) })
        ]
        const data = {
          ms: [1_700_000_000_123n, null],
          us: [-1n, null],
          day: [19_782, null],
          time: [3_723_004, null],
          few: [3n, null],
          many: [123_456_789_012_345_678n, null],
          bytes: [-171n, null]
        }
        parquetWriteFile({
          filename,
          columnData: Object.entries(data).map(([name, values]) => ({ name, data: values })),
          schema
        })
        const fields = {
          ms: Schema.NullOr(Schema.String),
          us: Schema.NullOr(Schema.String),
          day: Schema.NullOr(Schema.String),
          time: Schema.NullOr(Schema.String),
          few: Schema.NullOr(Schema.Finite),
          many: Schema.NullOr(Schema.String),
          bytes: Schema.NullOr(Schema.String)
        }
        const [row, empty] = (yield* readAll(parquet(filename, fields))).rows
        assert.deepStrictEqual(row, {
          ms: "2023-11-14T22:13:20.123Z",
          us: "1969-12-31T23:59:59.999999",
          day: "2024-02-29",
          time: "01:02:03.004",
          few: 0.03,
          many: "12345678901234.5678",
          bytes: "-1.71"
        })
        assert.deepStrictEqual(Object.values(empty!), Array<null>(7).fill(null))
      })
  )
})

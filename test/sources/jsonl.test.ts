import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { jsonl } from "../../src/sources/jsonl.ts"
import { flatFields, flatRows, readAll, sourceContract, temporaryFolder } from "../contracts/source.ts"

const lines = (rows: ReadonlyArray<object>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

for (const [extension, compress] of [
  ["jsonl", (bytes: Buffer) => bytes],
  ["jsonl.gz", (bytes: Buffer) => zlib.gzipSync(bytes)],
  ["jsonl.zst", (bytes: Buffer) => zlib.zstdCompressSync(bytes)]
] as const) {
  sourceContract({
    name: extension,
    write: (stem, rows) =>
      Effect.sync(() => {
        fs.writeFileSync(`${stem}.${extension}`, compress(Buffer.from(lines(rows))))
        return `${stem}.${extension}`
      }),
    read: (paths, options) => jsonl(paths, flatFields, options),
    knowsRows: false
  })
}

const written = (name: string, bytes: string | Buffer) =>
  Effect.map(temporaryFolder, (folder) => {
    fs.writeFileSync(path.join(folder, name), bytes)
    return path.join(folder, name)
  })

const id = { id: Schema.String }

describe("jsonl", () => {
  it.effect.each([
    ["no final newline", '{"id":"a"}\n{"id":"b"}'],
    ["carriage returns", '{"id":"a"}\r\n{"id":"b"}\r\n'],
    ["a carriage return at the end", '{"id":"a"}\r\n{"id":"b"}\r'],
    ["a byte order mark", '\ufeff{"id":"a"}\n{"id":"b"}\n'],
    ["empty lines and lines of spaces", '\n{"id":"a"}\n\r\n   \n\t{"id":"b"} \n\n'],
    ["keys that are not declared", '{"x":1,"id":"a"}\n{"id":"b","y":[{}]}\n']
  ] as const)("jsonl reads %s", ([, text]) =>
    Effect.gen(function* () {
      const reading = yield* readAll(jsonl(yield* written("a.jsonl", text), id))
      assert.deepStrictEqual(reading.rows, [{ id: "a" }, { id: "b" }])
    })
  )

  it.effect("jsonl splits at line feeds alone", () =>
    Effect.gen(function* () {
      const ids = ["\u2028", "\u2029", "\u0085", "\v\f"]
      const text = ids.map((value) => `{"id":"${value === "\v\f" ? "\\u000b\\f" : value}"}\n`).join("")
      const reading = yield* readAll(jsonl(yield* written("a.jsonl", text), id))
      assert.deepStrictEqual(
        reading.rows.map((row) => row.id),
        ids
      )
    })
  )

  it.effect("jsonl makes absent nullable keys null, at any depth", () =>
    Effect.gen(function* () {
      const text = '{"meta":{}}\n{"meta":{"a":null,"b":1},"note":"x"}\n{"meta":null}\n'
      const fields = {
        note: Schema.NullOr(Schema.String),
        meta: Schema.NullOr(Schema.Struct({ a: Schema.NullOr(Schema.Array(Schema.String)) }))
      }
      const reading = yield* readAll(jsonl(yield* written("a.jsonl", text), fields))
      assert.deepStrictEqual(reading.rows, [
        { note: null, meta: { a: null } },
        { note: "x", meta: { a: null } },
        { note: null, meta: null }
      ])
    })
  )

  it.effect("jsonl does not take inherited properties for keys", () =>
    Effect.gen(function* () {
      const fields = { id: Schema.String, constructor: Schema.NullOr(Schema.String) }
      const reading = yield* readAll(jsonl(yield* written("a.jsonl", '{"id":"a"}\n'), fields))
      assert.isNull(reading.rows[0]!.constructor)
    })
  )

  it.effect("jsonl keeps characters that lie across the borders of chunks", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 50 }, (_, i) => ({ id: `${"é".repeat(i)}${"😀".repeat(9001 + i)}` }))
      for (const compress of [(bytes: Buffer) => bytes, zlib.gzipSync, zlib.zstdCompressSync]) {
        const bytes = compress(Buffer.from(lines(rows)))
        const name = bytes[0] === 0x1f ? "a.jsonl.gz" : bytes[0] === 0x28 ? "a.jsonl.zst" : "a.jsonl"
        assert.deepStrictEqual((yield* readAll(jsonl(yield* written(name, bytes), id))).rows, rows)
      }
    })
  )

  it.effect("jsonl reads a line of 50 MB and a string of 2 MB", () =>
    Effect.gen(function* () {
      const long = "0123456789".repeat(5_000_000)
      const emoji = "😀".repeat(500_000)
      const file = yield* written("a.jsonl", lines([{ id: "a" }, { id: long }, { id: emoji }, { id: "z" }]))
      const reading = yield* readAll(jsonl(file, id))
      assert.isTrue(reading.rows[1]!.id === long && reading.rows[2]!.id === emoji)
      assert.deepStrictEqual(
        reading.rows.map((row) => row.id.length),
        [1, long.length, emoji.length, 1]
      )
    })
  )

  it.effect("jsonl reads all members of a gzip file and all frames of a zstd file", () =>
    Effect.gen(function* () {
      const rows = flatRows(3000)
      const parts = Array.from({ length: 30 }, (_, i) => Buffer.from(lines(rows.slice(i * 100, i * 100 + 100))))
      const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
      const gzip = yield* written("a.jsonl.gz", Buffer.concat(parts.map((part) => zlib.gzipSync(part))))
      const zstd = yield* written(
        "a.jsonl.zst",
        Buffer.concat([skippable, ...parts.flatMap((part) => [zlib.zstdCompressSync(part), skippable])])
      )
      for (const file of [gzip, zstd]) {
        assert.deepStrictEqual((yield* readAll(jsonl(file, flatFields))).rows, rows)
      }
    })
  )

  const anyFields = {
    text: Schema.String,
    x: Schema.NullOr(Schema.Finite),
    list: Schema.Array(Schema.Struct({ a: Schema.NullOr(Schema.String), b: Schema.Boolean }))
  }

  it.effect.prop(
    "jsonl gives what was written but lone surrogates",
    [Schema.Array(Schema.Struct(anyFields))],
    ([rows]) =>
      Effect.gen(function* () {
        const file = path.join(yield* temporaryFolder, "a.jsonl")
        fs.writeFileSync(file, `\n${lines(rows)}`)
        const reading = yield* readAll(jsonl(file, anyFields, { maxRejectShare: 1 }))
        const isWellFormed = (row: (typeof rows)[number]) =>
          [row.text, ...row.list.map(({ a }) => a)].every((text) => text === null || text.isWellFormed())
        assert.deepStrictEqual(reading.rows, JSON.parse(JSON.stringify(rows.filter(isWellFormed))) as typeof rows)
        assert.strictEqual(reading.rejects.length, rows.length - reading.rows.length)
        assert.isTrue(reading.rejects.every(({ reason }) => reason === "lone surrogate"))
      }).pipe(Effect.scoped)
  )

  it.effect("jsonl refuses whole numbers that no number holds, instead of rounding them", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      fs.writeFileSync(
        file,
        '{"n":9007199254740991,"x":1e20}\n{"n":9007199254740993,"x":1}\n{"n":1,"x":-1234567890123456789}\n'
      )
      const fields = { n: Schema.Int, x: Schema.Number }
      const { rejects, rows } = yield* readAll(jsonl(file, fields, { maxRejectShare: 1 }))
      assert.deepStrictEqual(rows, [{ n: 9007199254740991, x: 1e20 }])
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["integer too large", "integer too large"]
      )
      assert.include(rejects[1]!.detail, "-1234567890123456789")
    })
  )

  it.effect("jsonl names its options in its step", () =>
    Effect.sync(() => {
      const pipeline = jsonl("a.jsonl", id, { maxRowBytes: 10, maxRejectShare: 0.5, batchSize: 3 })
      assert.deepStrictEqual(pipeline.steps[0]!.config, { paths: ["a.jsonl"], maxRowBytes: 10, maxRejectShare: 0.5 })
      assert.strictEqual(pipeline.steps[0]!.key, "jsonl")
    })
  )
})

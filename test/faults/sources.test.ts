import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { parquetWriteFile } from "hyparquet-writer"
import { arrow } from "../../src/sources/arrow.ts"
import { csv } from "../../src/sources/csv.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { json } from "../../src/sources/json.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { parquet } from "../../src/sources/parquet.ts"
import { SourceError } from "../../src/sources/SourceError.ts"
import { readAll, temporaryFolder } from "../contracts/source.ts"

type Sources = typeof sources
const sources = { jsonl, json, csv, parquet, arrow }
const fields = { id: Schema.String, n: Schema.NullOr(Schema.Int) }

/** Runs a source that has to fail; gives the message with the folder left out. */
const failure = (
  kind: keyof Sources,
  files: Readonly<Record<string, string | Buffer>>,
  paths: string | ReadonlyArray<string>,
  options: object = {},
  columns: Schema.Struct.Fields = fields
) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    for (const [name, bytes] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      fs.writeFileSync(path.join(folder, name), bytes)
    }
    const inside = (name: string) => path.join(folder, name)
    const pipeline = sources[kind](typeof paths === "string" ? inside(paths) : paths.map(inside), columns, options)
    const error = yield* Effect.flip(Effect.map(readAll(pipeline), ({ counts }) => counts))
    assert.instanceOf(error, SourceError)
    return error.message.replaceAll(`${folder}${path.sep}`, "").replaceAll(folder, "FOLDER")
  })

const temporaryBytes = (write: (file: string) => void): Buffer => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-fault-")), "file")
  write(file)
  const bytes = fs.readFileSync(file)
  fs.rmSync(path.dirname(file), { recursive: true })
  return bytes
}

const words = Array.from({ length: 2000 }, (_, i) => `word ${(i * 7919) % 2003} and ${i}`)

const parquetBytes = (options: object = {}): Buffer =>
  temporaryBytes((filename) => {
    const columnData = [
      { name: "id", data: words, type: "STRING" },
      { name: "n", data: words.map((_, i) => BigInt(i)), type: "INT64" }
    ]
    parquetWriteFile({ filename, columnData, rowGroupSize: 1000, ...options } as Parameters<typeof parquetWriteFile>[0])
  })

const arrowTable = () =>
  new Arrow.Table({
    id: Arrow.vectorFromArray(words, new Arrow.Utf8()),
    n: Arrow.vectorFromArray(
      words.map((_, i) => BigInt(i)),
      new Arrow.Int64()
    )
  })

const lines = words.map((id) => `${JSON.stringify({ id })}\n`).join("")

describe("files that cannot be read", () => {
  it.effect.each(["jsonl", "json", "csv", "parquet", "arrow"] as const)(
    "%s says that a file is missing or empty",
    (kind) =>
      Effect.gen(function* () {
        assert.strictEqual(
          yield* failure(kind, {}, "no.file"),
          'Cannot read "no.file": found no such file, expected a file'
        )
        assert.strictEqual(
          yield* failure(kind, { empty: "" }, "empty"),
          'Cannot read "empty": found an empty file (0 bytes), expected a file with rows'
        )
        assert.strictEqual(
          yield* failure(kind, { a: "x" }, "*.none"),
          'Cannot read "*.none": found no file that matches, expected at least one'
        )
        assert.strictEqual(yield* failure(kind, {}, []), 'Cannot read "": found no paths, expected at least one file')
        assert.strictEqual(
          yield* failure(kind, { a: "x", b: "y" }, ["a", "?"]),
          'Cannot read "a": found the same file as "a", expected each file once'
        )
      })
  )

  it.effect.each(["jsonl", "json", "csv", "arrow"] as const)("%s refuses a directory", (kind) =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* failure(kind, { "folder/a": "x" }, "folder"),
        'Cannot read "folder": found a directory, expected a file, or a glob such as "folder/*.jsonl"'
      )
    })
  )

  it.effect.each([
    ["jsonl", "a.jsonl.gz", Buffer.from(lines), "plain text, expected gzip data, as the name says"],
    ["json", "a.json.zst", Buffer.from("[]"), "plain text, expected zstd data, as the name says"],
    ["csv", "a.csv.gz", zlib.zstdCompressSync("id,n\n"), "zstd data, expected gzip data, as the name says"],
    ["jsonl", "a.jsonl", zlib.gzipSync(lines), "gzip data, expected JSON Lines"],
    ["json", "a.json", zlib.zstdCompressSync(lines), "zstd data, expected a JSON array"],
    ["jsonl", "a.jsonl", parquetBytes(), "a Parquet file, expected JSON Lines"],
    ["csv", "a.csv", Buffer.from("\ufeffid,n\n", "utf16le"), "UTF-16 text, expected CSV text; save it as UTF-8"],
    ["csv", "a.csv", Buffer.from("id\0,n\n"), "binary data, expected CSV text"],
    ["parquet", "a.parquet", Buffer.from(lines), "plain text, expected a Parquet file"],
    [
      "parquet",
      "a.parquet",
      Buffer.from(Arrow.tableToIPC(arrowTable(), "file")),
      "an Arrow file, expected a Parquet file"
    ],
    ["parquet", "a.parquet", Buffer.from("PARE and more"), "an encrypted Parquet file, expected a Parquet file"],
    ["arrow", "a.arrow", Buffer.from(lines), "plain text, expected an Arrow file or stream"],
    ["arrow", "a.arrow", parquetBytes(), "a Parquet file, expected an Arrow file or stream"],
    ["jsonl", "a.jsonl.gz", zlib.gzipSync(""), "0 bytes of decompressed data, expected JSON Lines"]
  ] as const)("%s refuses %s when it is something else", ([kind, name, bytes, rest]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* failure(kind, { [name]: bytes }, name), `Cannot read "${name}": found ${rest}`)
    })
  )
})

describe("files that are cut off or damaged", () => {
  const cut = (bytes: Uint8Array, n: number) => Buffer.from(bytes.subarray(0, bytes.length - n))
  const gz = zlib.gzipSync(lines)
  const zst = zlib.zstdCompressSync(lines)

  it.effect.each([
    ["a.jsonl.gz", cut(gz, 5), `the end of gzip data that go on at byte ${gz.length - 5}, expected a complete file`],
    [
      "a.jsonl.gz",
      cut(gz, 4000),
      `the end of gzip data that go on at byte ${gz.length - 4000}, expected a complete file`
    ],
    ["a.jsonl.zst", cut(zst, 1), `the end of zstd data that go on at byte ${zst.length - 1}, expected a complete file`],
    [
      "a.jsonl.zst",
      Buffer.concat([zst, zst.subarray(0, 100)]),
      `the end of zstd data that go on at byte ${zst.length + 100}, expected a complete file`
    ],
    [
      "a.jsonl.gz",
      Buffer.concat([gz, Buffer.from("garbage")]),
      `damaged gzip data (incorrect header check) at byte 0 or later, expected gzip data`
    ],
    [
      "a.jsonl.zst",
      Buffer.concat([zst, Buffer.from("garbage")]),
      `damaged zstd data (Unknown frame descriptor) at byte ${zst.length} or later, expected zstd data`
    ]
  ] as const)("jsonl says where %s ends", ([name, bytes, rest]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* failure("jsonl", { [name]: bytes }, name), `Cannot read "${name}": found ${rest}`)
    })
  )

  it.effect("jsonl sees a changed byte of gzip data by its checksum", () =>
    Effect.gen(function* () {
      const changed = Buffer.from(gz)
      changed[changed.length - 6]! ^= 1
      const message = yield* failure("jsonl", { "a.jsonl.gz": changed }, "a.jsonl.gz")
      assert.match(
        message,
        /^Cannot read "a.jsonl.gz": found damaged gzip data \(incorrect data check\) at byte 0 or later, expected gzip data$/
      )
    })
  )

  it.effect.each([
    ['{"id":"a"}', 'found "{" at byte 0, expected a JSON array, which starts with "["'],
    ['\n\n "id"', 'found "\\"" at byte 3, expected a JSON array, which starts with "["'],
    [" \n\t ", "found white space alone at byte 4, expected a JSON array"],
    [
      '[{"id":"a"},{"id":"b"',
      'found the end of the file in element 2 at byte 21, expected the end of the JSON array, "]"'
    ],
    ['[{"id":"a"}', 'found the end of the file in element 1 at byte 11, expected the end of the JSON array, "]"'],
    ['[{"id":"a"}]{"id":"b"}', 'found "{" behind the array at byte 12, expected the end of the file'],
    ['[{"id":"a"}}]', 'found "}" without "{" in element 1 at byte 11, expected a JSON array']
  ])("json refuses %s", ([text, rest]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* failure("json", { "a.json": text! }, "a.json"), `Cannot read "a.json": ${rest}`)
    })
  )

  it.effect("parquet refuses a file that is cut off", () =>
    Effect.gen(function* () {
      const bytes = parquetBytes()
      for (const n of [1, 100, bytes.length - 20, bytes.length - 8]) {
        const left = bytes.length - n
        assert.strictEqual(
          yield* failure("parquet", { "a.parquet": cut(bytes, n) }, "a.parquet"),
          `Cannot read "a.parquet": found no "PAR1" at the end, so the file is cut off at byte ${left - 4}, expected a complete Parquet file`
        )
      }
    })
  )

  it.effect("parquet refuses a file that lacks bytes in the middle", () =>
    Effect.gen(function* () {
      const bytes = parquetBytes({ codec: "UNCOMPRESSED" })
      const shorter = Buffer.concat([bytes.subarray(0, 100), bytes.subarray(20_000)])
      assert.match(
        yield* failure("parquet", { "a.parquet": shorter }, "a.parquet"),
        /^Cannot read "a.parquet": found a column at byte \d+ with \d+ bytes at row group 2, column "(id|n)", expected one that ends before byte \d+$/
      )
      const footer = Buffer.from(bytes)
      footer.writeUInt32LE(bytes.length, bytes.length - 8)
      assert.strictEqual(
        yield* failure("parquet", { "a.parquet": footer }, "a.parquet"),
        `Cannot read "a.parquet": found damaged data (parquet metadata length ${bytes.length} exceeds available buffer ${bytes.length - 8}) at the footer, expected a Parquet file that can be decoded`
      )
    })
  )

  it.effect("parquet names the row group and the column of damaged data", () =>
    Effect.gen(function* () {
      const compressors = { ZSTD: (bytes: Uint8Array) => zlib.zstdCompressSync(bytes) }
      const bytes = parquetBytes({ codec: "ZSTD", compressors })
      const first = bytes.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))
      bytes.fill(0xff, first + 20, first + 60)
      assert.match(
        yield* failure("parquet", { "a.parquet": bytes }, "a.parquet"),
        /^Cannot read "a.parquet": found damaged data \(.+\) at row group 1, column "id", expected a Parquet file that can be decoded$/
      )
    })
  )

  it.effect("parquet never ends in a defect, whatever byte of the footer is changed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "a.parquet")
      const bytes = parquetBytes()
      const nFooter = bytes.readUInt32LE(bytes.length - 8)
      for (let at = bytes.length - 8 - nFooter; at < bytes.length - 4; at += 5) {
        const changed = Buffer.from(bytes)
        changed[at]! ^= at % 2 === 0 ? 0xff : 1 << (at % 8)
        fs.writeFileSync(file, changed)
        yield* Effect.ignore(readAll(parquet(file, fields)))
      }
    })
  )

  it.effect("arrow refuses what is cut off", () =>
    Effect.gen(function* () {
      const file = Arrow.tableToIPC(arrowTable(), "file")
      const stream = Arrow.tableToIPC(arrowTable(), "stream")
      for (const n of [1, 8, 5000]) {
        assert.strictEqual(
          yield* failure("arrow", { "a.arrow": cut(file, n) }, "a.arrow"),
          `Cannot read "a.arrow": found no "ARROW1" at the end, so the file is cut off at byte ${file.length - n}, expected a complete Arrow file`
        )
      }
      for (const n of [1, 4, 5, 8]) {
        assert.strictEqual(
          yield* failure("arrow", { "a.arrow": cut(stream, n) }, "a.arrow"),
          `Cannot read "a.arrow": found no end mark, so the stream is cut off at byte ${stream.length - 8}, expected a complete Arrow stream`
        )
      }
      assert.match(
        yield* failure("arrow", { "a.arrow": cut(stream, 5000) }, "a.arrow"),
        /^Cannot read "a.arrow": found a batch of 2000 rows and \d+ bytes where \d+ are left at byte \d+, expected a complete Arrow file or stream$/
      )
    })
  )

  it.effect("arrow comes to an end, whatever byte is changed", () =>
    Effect.gen(function* () {
      for (const kind of ["file", "stream"] as const) {
        const bytes = Buffer.from(Arrow.tableToIPC(arrowTable().slice(0, 3), kind))
        for (let at = 0; at < bytes.length; at += 7) {
          const folder = yield* temporaryFolder
          const changed = Buffer.from(bytes)
          changed[at]! ^= 0xff
          fs.writeFileSync(path.join(folder, "a.arrow"), changed)
          yield* Effect.ignore(readAll(arrow(path.join(folder, "a.arrow"), fields)))
        }
      }
    })
  )

  it.effect("arrow refuses offsets that point outside of the text", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from(Arrow.tableToIPC(arrowTable(), "stream"))
      const offsets = bytes.indexOf(Buffer.from(new Int32Array([0, words[0]!.length]).buffer))
      bytes.writeInt32LE(1 << 28, offsets + 40)
      assert.match(
        yield* failure("arrow", { "a.arrow": bytes }, "a.arrow"),
        /^Cannot read "a.arrow": found damaged data \(offset \d+ after \d+ in \d+ values\) at record batch 1, expected Arrow data that can be decoded$/
      )
    })
  )

  it.effect("arrow says which compression it cannot read", () =>
    Effect.gen(function* () {
      const { compressionRegistry, CompressionType } = Arrow
      // No LZ4, but it starts like it and is shorter than the data, so it is written as such.
      compressionRegistry.set(CompressionType.LZ4_FRAME, {
        encode: () => Buffer.from([4, 34, 77, 24, 64, 64, 0, 0, 0, 0, 0])
      })
      const writer = new Arrow.RecordBatchStreamWriter({ compressionType: CompressionType.LZ4_FRAME })
      const bytes = Buffer.from(writer.writeAll(arrowTable()).toUint8Array(true))
      compressionRegistry.set(CompressionType.LZ4_FRAME, null as never)
      assert.strictEqual(
        yield* failure("arrow", { "a.arrow": bytes }, "a.arrow"),
        'Cannot read "a.arrow": found LZ4 compression at record batch 1, expected ZSTD or none; to read LZ4, register a codec with the compressionRegistry of apache-arrow'
      )
    })
  )
})

describe("columns that do not fit the file", () => {
  const nested = { id: Schema.String, n: Schema.Array(Schema.Struct({ role: Schema.String })) }

  it.effect.each([
    ["id,x\n", fields, 'the columns id, x at line 1, column "n", expected a column of type integer or null'],
    ["id,n,id\n", fields, 'two columns of this name at line 1, column "id", expected one'],
    ["id,n\n", nested, 'text at line 1, column "n", expected list of {role: string}'],
    [
      'id,n\na,1\nb"c,2\n',
      fields,
      "a quote inside an unquoted cell at line 3, expected the whole cell in quotes and the quote inside it doubled"
    ],
    [
      'id,n\n"a"b,2\n',
      fields,
      "text behind a closing quote at line 2, expected a comma or the end of the row; a quote inside a cell is doubled"
    ],
    ['id,n\n\n"a,2\n', fields, "a quoted cell without an end at line 3, expected a closing quote"]
  ] as const)("csv refuses %s", ([text, columns, rest]) =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* failure("csv", { "a.csv": text }, "a.csv", {}, columns),
        `Cannot read "a.csv": found ${rest}`
      )
    })
  )

  it.effect("csv refuses a header that is not UTF-8, and a cell above the limit", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* failure("csv", { "a.csv": Buffer.from("id,n,caf\xe9\n", "latin1") }, "a.csv"),
        'Cannot read "a.csv": found bytes that are not UTF-8 at line 1, expected a header in UTF-8'
      )
      assert.strictEqual(
        yield* failure("csv", { "a.csv": `id,n\n"${"x".repeat(3000)}` }, "a.csv", { maxRowBytes: 1000 }),
        'Cannot read "a.csv": found a cell of more than 1000 bytes at line 2, expected a closing quote before; to accept longer rows, raise the option "maxRowBytes"'
      )
    })
  )

  it.effect("parquet and arrow name both types, and the columns there are", () =>
    Effect.gen(function* () {
      const wrong = { id: Schema.Int, n: Schema.NullOr(Schema.Int) }
      const missing = { id: Schema.String, score: Schema.NullOr(Schema.Finite) }
      const parquetFile = { "a.parquet": parquetBytes() }
      const arrowFile = { "a.arrow": Buffer.from(Arrow.tableToIPC(arrowTable(), "file")) }
      assert.strictEqual(
        yield* failure("parquet", parquetFile, "a.parquet", {}, wrong),
        'Cannot read "a.parquet": found the type string at column "id", expected integer'
      )
      assert.strictEqual(
        yield* failure("arrow", arrowFile, "a.arrow", {}, wrong),
        'Cannot read "a.arrow": found the type Utf8 at column "id", expected integer'
      )
      assert.strictEqual(
        yield* failure("parquet", parquetFile, "a.parquet", {}, missing),
        'Cannot read "a.parquet": found the columns id, n at column "score", expected a column of type finite number or null'
      )
      assert.strictEqual(
        yield* failure("arrow", arrowFile, "a.arrow", {}, missing),
        'Cannot read "a.arrow": found the columns id, n at column "score", expected a column of type finite number or null'
      )
    })
  )

  it.effect("parquet looks at all files before the first row", () =>
    Effect.gen(function* () {
      const other = temporaryBytes((filename) =>
        parquetWriteFile({ filename, columnData: [{ name: "id", data: ["a"], type: "STRING" }] })
      )
      assert.strictEqual(
        yield* failure("parquet", { "a.parquet": parquetBytes(), "b.parquet": other }, ["a.parquet", "b.parquet"]),
        'Cannot read "b.parquet": found the columns id at column "n", expected a column of type integer or null'
      )
    })
  )

  it.effect("parquet says what is wrong with a folder", () =>
    Effect.gen(function* () {
      const bytes = parquetBytes()
      assert.strictEqual(
        yield* failure("parquet", { "d/a.txt": "x" }, "d"),
        'Cannot read "d": found no Parquet file in the folder, expected at least one'
      )
      const two = { "d/data/train-00000-of-00001.parquet": bytes, "d/data/test-00000-of-00001.parquet": bytes }
      assert.strictEqual(
        yield* failure("parquet", two, "d"),
        'Cannot read "d": found the splits test, train, expected one split; name it with the option "split"'
      )
      assert.strictEqual(
        yield* failure("parquet", two, "d", { split: "dev" }),
        'Cannot read "d": found the splits test, train, expected the split dev'
      )
      assert.strictEqual(
        yield* failure(
          "parquet",
          { "d/train-00000-of-00003.parquet": bytes, "d/train-00002-of-00003.parquet": bytes },
          "d"
        ),
        'Cannot read "d": found 2 files of a split, expected all of its shards; train-00001-of-00003.parquet is missing'
      )
    })
  )
})

describe("rows that cannot be used", () => {
  const columns = {
    id: Schema.String,
    label: Schema.NullOr(Schema.Literals(["a", "b"])),
    score: Schema.NullOr(Schema.Finite),
    rank: Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 }))),
    prompt: Schema.NullOr(Schema.Array(Schema.Struct({ role: Schema.String })))
  }

  it.effect.each([
    ["hello", "not JSON", 'text that is not JSON ("hello") at line 2, expected a JSON object'],
    ['{"id":"a"', "not JSON", 'text that is not JSON ("{\\"id\\":\\"a\\"") at line 2, expected a JSON object'],
    [
      '{"id":"a","score":NaN}',
      "not JSON",
      'text that is not JSON ("{\\"id\\":\\"a\\",\\"score\\":NaN}") at line 2, expected a JSON object'
    ],
    ['["a"]', "not an object", 'a JSON array ("[\\"a\\"]") at line 2, expected a JSON object'],
    ["17", "not an object", 'a JSON number ("17") at line 2, expected a JSON object'],
    ["{}", "missing column", 'nothing at line 2, column "id", expected string'],
    ['{"id":null}', "null value", 'null at line 2, column "id", expected string'],
    ['{"id":5}', "wrong type", 'the number 5 at line 2, column "id", expected string'],
    [
      '{"id":"\\ud800"}',
      "lone surrogate",
      'a lone surrogate at line 2, column "id", expected well-formed Unicode text'
    ],
    [
      '{"id":"a","prompt":[{"role":"x"},{"role":"\\udc00"}]}',
      "lone surrogate",
      'a lone surrogate at line 2, column "prompt[1].role", expected well-formed Unicode text'
    ],
    ['{"id":"a","prompt":[{}]}', "missing column", 'nothing at line 2, column "prompt[0].role", expected string'],
    [
      '{"id":"a","label":"c"}',
      "value not allowed",
      'the string "c" at line 2, column "label", expected one of "a", "b" or null'
    ],
    [
      '{"id":"a","score":"1"}',
      "wrong type",
      'the string "1" at line 2, column "score", expected finite number or null'
    ],
    [
      '{"id":"a","score":1e999}',
      "not finite",
      'the number Infinity at line 2, column "score", expected finite number or null'
    ],
    ['{"id":"a","rank":1.5}', "wrong type", 'the number 1.5 at line 2, column "rank", expected integer or null'],
    [
      '{"id":"a","rank":9}',
      "value not allowed",
      'the number 9 at line 2, column "rank", expected a value that passes the checks of the schema'
    ],
    ["\xff", "invalid UTF-8", "bytes that are not UTF-8 at line 2, expected UTF-8 text"],
    ['{"id":"\xed\xa0\x80"}', "invalid UTF-8", "bytes that are not UTF-8 at line 2, expected UTF-8 text"],
    [
      `{"id":"${"x".repeat(100)}"}`,
      "row too long",
      '109 bytes at line 2, expected at most 100 bytes; to accept longer rows, raise the option "maxRowBytes"'
    ]
  ])("jsonl rejects %s as %s", ([text, reason, rest]) =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      fs.writeFileSync(file, Buffer.from(`{"id":"1"}\n${text}\n{"id":"3"}\n`, "latin1"))
      const reading = yield* readAll(jsonl(file, columns, { maxRejectShare: 0.5, maxRowBytes: 100 }))
      assert.deepStrictEqual(
        reading.rows.map((row) => row.id),
        ["1", "3"]
      )
      assert.deepStrictEqual(reading.rejects, [
        {
          id: `${path.basename(file)}:2`,
          stage: "jsonl",
          reason: reason!,
          detail: `Cannot read "${path.basename(file)}": found ${rest}`
        }
      ])
      assert.deepStrictEqual(reading.counts, { rowsIn: 3, rowsOut: 2, rejected: 1 })
    })
  )

  it.effect("jsonl lets go of a line of 200 MB", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      fs.writeFileSync(file, `{"id":"a"}\n{"id":"${"x".repeat(1000)}`)
      fs.truncateSync(file, 200_000_000)
      fs.appendFileSync(file, '"}\n{"id":"b"}\n')
      const before = process.resourceUsage().maxRSS
      const reading = yield* readAll(jsonl(file, { id: Schema.String }, { maxRejectShare: 0.5 }))
      assert.deepStrictEqual(reading.rows, [{ id: "a" }, { id: "b" }])
      assert.strictEqual(
        reading.rejects[0]!.detail,
        `Cannot read "${path.basename(file)}": found 199999991 bytes at line 2, expected at most 67108864 bytes; to accept longer rows, raise the option "maxRowBytes"`
      )
      assert.isBelow(process.resourceUsage().maxRSS - before, 150_000)
    })
  )
})

describe("the share of rejects", () => {
  const text = (nRows: number, isBad: (i: number) => boolean) =>
    Array.from({ length: nRows }, (_, i) => (isBad(i) ? "bad\n" : `{"id":"${i}","n":1}\n`)).join("")
  const remedy = (percent: number) =>
    `expected a JSON object; to accept more than ${percent} % of bad rows, raise the option "maxRejectShare"`

  it.effect("stops a short file at its end", () =>
    Effect.gen(function* () {
      const files = { "a.jsonl": text(100, (i) => i >= 94) }
      assert.strictEqual(
        yield* failure("jsonl", files, "a.jsonl"),
        `Cannot read "a.jsonl": found 6 bad rows in 100, the first with text that is not JSON ("bad") at line 95, ${remedy(5)}`
      )
    })
  )

  it.effect("stops a long file as soon as 200 rows were read, for every batch size", () =>
    Effect.gen(function* () {
      const files = { "a.jsonl": text(100_000, (i) => i % 10 === 3) }
      for (const batchSize of [1, 64, 512]) {
        assert.strictEqual(
          yield* failure("jsonl", files, "a.jsonl", { batchSize }),
          `Cannot read "a.jsonl": found 20 bad rows in 200, the first with text that is not JSON ("bad") at line 4, ${remedy(5)}`
        )
      }
      assert.strictEqual(
        yield* failure("jsonl", files, "a.jsonl", { maxRejectShare: 0 }),
        `Cannot read "a.jsonl": found 20 bad rows in 200, the first with text that is not JSON ("bad") at line 4, ${remedy(0)}`
      )
    })
  )

  it.effect("lets pass what it allows, over all files together", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(
        path.join(folder, "a.jsonl"),
        text(95, () => false)
      )
      fs.writeFileSync(
        path.join(folder, "b.jsonl"),
        text(5, () => true)
      )
      const reading = yield* readAll(jsonl(path.join(folder, "?.jsonl"), fields))
      assert.deepStrictEqual(reading.counts, { rowsIn: 100, rowsOut: 95, rejected: 5 })
      assert.deepStrictEqual(
        reading.rejects.map(({ id }) => path.basename(id)),
        ["b.jsonl:1", "b.jsonl:2", "b.jsonl:3", "b.jsonl:4", "b.jsonl:5"]
      )
    })
  )
})

describe("inspectFile", () => {
  it.effect("inspectFile says what it cannot read", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(path.join(folder, "a.bin"), Buffer.from([1, 0, 2]))
      fs.writeFileSync(path.join(folder, "a.jsonl"), "hello\n")
      const message = (name: string) =>
        Effect.map(Effect.flip(inspectFile(path.join(folder, name))), (error) =>
          error.message.replaceAll(`${folder}${path.sep}`, "")
        )
      assert.strictEqual(
        yield* message("a.bin"),
        'Cannot read "a.bin": found binary data, expected Parquet, Arrow, JSON, JSON Lines or CSV'
      )
      assert.strictEqual(
        yield* message("a.jsonl"),
        'Cannot read "a.jsonl": found text that is not JSON ("hello") at the first rows, expected a JSON object'
      )
      assert.strictEqual(yield* message("b"), 'Cannot read "b": found no such file, expected a file')
      assert.strictEqual(yield* message("a.*"), 'Cannot read "a.*": found 2 files, expected one file')
    })
  )
})

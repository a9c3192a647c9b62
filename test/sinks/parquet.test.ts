import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { asyncBufferFromFile, parquetMetadataAsync, readOffsetIndex } from "hyparquet"
import { Run } from "../../src/Run.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { batchesOf, sinkContract } from "../contracts/sink.ts"
import { hardFields, hardRows } from "./hardTable.ts"
import { readParquet } from "./readBack.ts"

sinkContract({ name: "parquet", sink: parquet("deep/rows.parquet"), read: readParquet, holdsNonFinite: true })
const metadataOf = (fields: Schema.Struct.Fields, rows: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    const { folder } = yield* Run
    const [file] = yield* parquet("rows.parquet").write(fields, batchesOf(rows))
    const name = path.join(folder, file!.path)
    const metadata = yield* Effect.promise(async () => parquetMetadataAsync(await asyncBufferFromFile(name)))
    return { metadata, name }
  })

const statisticsOf = (fields: Schema.Struct.Fields, rows: ReadonlyArray<unknown>) =>
  Effect.map(metadataOf(fields, rows), ({ metadata }) => metadata.row_groups[0]!.columns[0]!.meta_data!.statistics!)

const value = (dtype: string) => ({ dtype, _type: "Value" })

describe("parquet", () => {
  it.effect.each(["snappy", "none"] as const)("compresses with %s", (codec) =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const { id, boolean, int } = hardFields
      const rows = hardRows(1000, { finite: false }).map((row) => ({ id: row["id"], boolean: row["boolean"], int: 7 }))
      const [file] = yield* parquet("rows.parquet", { codec }).write({ id, boolean, int }, batchesOf(rows))
      const read = yield* Effect.promise(() => readParquet(path.join(folder, file!.path)))
      assert.deepStrictEqual(
        read,
        rows.map(({ id: name, boolean: flag }) => ({ id: name, boolean: flag, int: 7n }))
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("ends a row group after 10,000 rows", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 20_001 }, (_, i) => ({ i }))
      const { metadata } = yield* metadataOf({ i: Schema.Int }, rows)
      assert.deepStrictEqual(
        metadata.row_groups.map((group) => Number(group.num_rows)),
        [10_000, 10_000, 1]
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("ends a row group after 100 MB", () =>
    Effect.gen(function* () {
      const text = "0123456789".repeat(1_000_000)
      const rows = Array.from({ length: 25 }, (_, i) => ({ text: text + i }))
      const { metadata } = yield* metadataOf({ text: Schema.String }, rows)
      assert.deepStrictEqual(
        metadata.row_groups.map((group) => Number(group.num_rows)),
        [10, 10, 5]
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("cuts pages of about 1 MiB at row borders and indexes them", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 1000 }, (_, i) => ({
        texts: [`${i}`.padStart(2000, "x"), `${i}`.repeat(1000)]
      }))
      const { metadata, name } = yield* metadataOf({ texts: Schema.Array(Schema.String) }, rows)
      const column = metadata.row_groups[0]!.columns[0]!
      const pages = column.meta_data!.encoding_stats!.reduce((sum, stats) => sum + stats.count, 0)
      assert.isAbove(pages, 3)
      assert.isAbove(column.column_index_length!, 0)
      assert.isAbove(column.offset_index_length!, 0)
      assert.deepStrictEqual(yield* Effect.promise(() => readParquet(name)), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect(
    "gives every column chunk an offset index, however few its pages, and bounds to all but those with NaN",
    () =>
      Effect.gen(function* () {
        const Message = Schema.Struct({ role: Schema.String, content: Schema.NullOr(Schema.String) })
        const fields = { long: Schema.String, messages: Schema.Array(Message), n: Schema.Number, nan: Schema.Number }
        const rows = Array.from({ length: 10_050 }, (_, i) => ({
          long: `${i}`.padStart(300, "x"),
          messages: i % 2 === 0 ? [] : [{ role: "user", content: null }],
          n: i,
          nan: i % 10 === 0 ? Number.NaN : i
        }))
        const { metadata, name } = yield* metadataOf(fields, rows)
        const chunks = metadata.row_groups.flatMap(({ columns }) => columns)
        assert.strictEqual(chunks.length, 2 * 5)
        const pagesOf = ({ meta_data }: (typeof chunks)[number]) =>
          meta_data!.encoding_stats!.find(({ page_type }) => page_type !== "DICTIONARY_PAGE")!.count
        assert.strictEqual(new Set(chunks.map((chunk) => pagesOf(chunk) > 1)).size, 2)
        const file = fs.readFileSync(name)
        for (const chunk of chunks) {
          const view = new DataView(file.buffer, file.byteOffset + Number(chunk.offset_index_offset))
          const { page_locations } = readOffsetIndex({ view, offset: 0 })
          assert.strictEqual(page_locations.length, pagesOf(chunk))
          assert.strictEqual(page_locations[0]!.offset, chunk.meta_data!.data_page_offset)
          assert.strictEqual(chunk.column_index_offset === undefined, chunk.meta_data!.path_in_schema[0] === "nan")
        }
      }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("writes texts that repeat as a dictionary, in nested columns too", () =>
    Effect.gen(function* () {
      const Message = Schema.Struct({ role: Schema.String, content: Schema.String })
      const rows = Array.from({ length: 500 }, (_, i) => ({ messages: [{ role: "user", content: `text ${i}` }] }))
      const { metadata } = yield* metadataOf({ messages: Schema.Array(Message) }, rows)
      const encodings = metadata.row_groups[0]!.columns.map((column) => column.meta_data!.encodings)
      assert.deepStrictEqual(encodings, [
        ["PLAIN", "RLE", "RLE_DICTIONARY"],
        ["DELTA_LENGTH_BYTE_ARRAY", "RLE"]
      ])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("gives up a dictionary that grows too large, without losing rows", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 3000 }, (_, i) => ({
        text: i % 3 === 0 ? null : `${i >> 2}`.padStart(3000, "-")
      }))
      const { metadata, name } = yield* metadataOf({ text: Schema.NullOr(Schema.String) }, rows)
      assert.deepStrictEqual(metadata.row_groups[0]!.columns[0]!.meta_data!.encodings, [
        "DELTA_LENGTH_BYTE_ARRAY",
        "RLE"
      ])
      assert.deepStrictEqual(yield* Effect.promise(() => readParquet(name)), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("keeps texts that are all missing, all empty or too many for a page by their number alone", () =>
    Effect.gen(function* () {
      const fields = { none: Schema.NullOr(Schema.String), empty: Schema.String, many: Schema.Array(Schema.String) }
      // Distinct texts, or they would be a dictionary.
      const rows = Array.from({ length: 300 }, (_, i) => ({
        none: null,
        empty: "",
        many: Array.from({ length: 1200 }, (_one, k) => String.fromCodePoint(0x4e00 + ((37 * i + k) % 20_000)))
      }))
      rows[299] = { none: null, empty: "", many: Array.from({ length: 200_000 }, (_, k) => `${k}`) }
      const { metadata, name } = yield* metadataOf(fields, rows)
      const [, , many] = metadata.row_groups[0]!.columns
      assert.isAbove(many!.meta_data!.encoding_stats!.at(-1)!.count, 1)
      assert.deepStrictEqual(yield* Effect.promise(() => readParquet(name)), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("keeps texts of megabytes", () =>
    Effect.gen(function* () {
      const rows = ["a".repeat(2_200_000), "", "😀".repeat(600_000), "b"].map((text) => ({ text }))
      const { name } = yield* metadataOf({ text: Schema.String }, rows)
      assert.deepStrictEqual(yield* Effect.promise(() => readParquet(name)), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("bounds floats by their values, with both zeros", () =>
    Effect.gen(function* () {
      const fields = { x: Schema.NullOr(Schema.Number) }
      const some = yield* statisticsOf(fields, [{ x: 2 }, { x: null }, { x: -Infinity }])
      assert.deepInclude(some, { min_value: -Infinity, max_value: 2, null_count: 1n })
      const zeros = yield* statisticsOf(fields, [{ x: 0 }, { x: 0 }])
      assert.isTrue(Object.is(zeros.min_value, -0))
      assert.isTrue(Object.is(zeros.max_value, 0))
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("states no bounds where a value is NaN", () =>
    Effect.gen(function* () {
      const { min_value, max_value, null_count } = yield* statisticsOf({ x: Schema.Number }, [{ x: 1 }, { x: NaN }])
      assert.deepStrictEqual([min_value, max_value, null_count], [undefined, undefined, 0n])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("bounds texts in code point order, cut to 16 bytes", () =>
    Effect.gen(function* () {
      const texts = ["\u{ffff}", "\u{10000}", "é".repeat(20), "\u0000".repeat(20)]
      const found = yield* statisticsOf(
        { text: Schema.String },
        texts.map((text) => ({ text }))
      )
      assert.strictEqual(found.min_value, "\u0000".repeat(16))
      assert.strictEqual(found.max_value, "\u{10000}")
      assert.isFalse(found.is_min_value_exact)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("names the features for the Hugging Face loader, and no time or version", () =>
    Effect.gen(function* () {
      const Message = Schema.Struct({ role: Schema.String, content: Schema.NullOr(Schema.String) })
      const fields = { messages: Schema.Array(Message), score: Schema.Finite, n: Schema.Int, ok: Schema.Boolean }
      const { metadata } = yield* metadataOf(fields, [])
      assert.strictEqual(metadata.created_by, "prefloom version 1")
      assert.deepStrictEqual(
        metadata.key_value_metadata?.map((pair) => [pair.key, JSON.parse(pair.value!)]),
        [
          [
            "huggingface",
            {
              info: {
                features: {
                  messages: [{ role: value("string"), content: value("string") }],
                  score: value("float64"),
                  n: value("int64"),
                  ok: value("bool")
                }
              }
            }
          ]
        ]
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("gives the empty list of row groups its type", () =>
    Effect.gen(function* () {
      const { name } = yield* metadataOf({ x: Schema.Int }, [])
      const bytes = fs.readFileSync(name)
      const list = bytes.lastIndexOf(Buffer.from("\u0019\u001c\u0018\u000bhuggingface", "latin1")) - 1
      assert.strictEqual(bytes[list], 12)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it("refuses columns that Parquet has no form for, when the plan is built", () => {
    const { check } = parquet("rows.parquet")
    assert.throws(() => check!({ empty: Schema.Struct({}) }), 'struct "empty" without fields')
    assert.throws(() => check!({}), "found no columns")
  })
})

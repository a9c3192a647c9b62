import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { arrow } from "../../src/sources/arrow.ts"
import { loadArrow } from "../../src/sources/ArrowFile.ts"
import { flatFields, flatRows, readAll, sourceContract, temporaryFolder } from "../contracts/source.ts"

const types = {
  id: new Arrow.Utf8(),
  text: new Arrow.LargeUtf8(),
  note: new Arrow.Utf8(),
  n: new Arrow.Int64(),
  score: new Arrow.Float64(),
  ok: new Arrow.Bool(),
  verdict: new Arrow.Utf8()
}

/** A stream may replace its dictionary from batch to batch, a file may not. */
const streamTypes = { ...types, verdict: new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32()) }

/** Makes a table of rows in record batches of 1000. */
const tableOf = (rows: ReadonlyArray<Record<string, unknown>>, columns: object = types): Arrow.Table => {
  const parts = Array.from({ length: Math.max(1, Math.ceil(rows.length / 1000)) }, (_, i) => {
    const some = rows.slice(i * 1000, i * 1000 + 1000)
    const vectors = Object.entries(columns).map(([name, type]) => [
      name,
      Arrow.vectorFromArray(
        some.map((row) => (name === "n" ? BigInt(row[name] as number) : row[name])),
        type as Arrow.DataType
      )
    ])
    return new Arrow.Table(Object.fromEntries(vectors) as Record<string, Arrow.Vector>)
  })
  return parts.length === 1 ? parts[0]! : parts[0]!.concat(...parts.slice(1))
}

for (const kind of ["file", "stream"] as const) {
  sourceContract({
    name: `arrow ${kind}`,
    write: (stem, rows) =>
      Effect.sync(() => {
        fs.writeFileSync(
          `${stem}.arrow`,
          Arrow.tableToIPC(tableOf(rows, kind === "stream" ? streamTypes : types), kind)
        )
        return `${stem}.arrow`
      }),
    read: (paths, options) => arrow(paths, flatFields, options),
    knowsRows: true
  })
}

const written = (table: Arrow.Table, kind: "file" | "stream" = "file") =>
  Effect.map(temporaryFolder, (folder) => {
    fs.writeFileSync(path.join(folder, "a.arrow"), Arrow.tableToIPC(table, kind))
    return path.join(folder, "a.arrow")
  })

describe("arrow", () => {
  it.effect("arrow reads bodies compressed with ZSTD", () =>
    Effect.gen(function* () {
      yield* loadArrow
      for (const Writer of [Arrow.RecordBatchFileWriter, Arrow.RecordBatchStreamWriter]) {
        const folder = yield* temporaryFolder
        const file = path.join(folder, "a.arrow")
        const rows = flatRows(2500, 30)
        const writer = new Writer({ compressionType: Arrow.CompressionType.ZSTD })
        fs.writeFileSync(file, writer.writeAll(tableOf(rows)).toUint8Array(true))
        assert.isBelow(fs.statSync(file).size, 150_000)
        assert.deepStrictEqual((yield* readAll(arrow(file, flatFields))).rows, rows)
      }
    })
  )

  it.effect("arrow reads nested columns, and null apart from empty", () =>
    Effect.gen(function* () {
      const message = new Arrow.Struct([
        new Arrow.Field("role", new Arrow.Utf8(), true),
        new Arrow.Field("content", new Arrow.Utf8(), true)
      ])
      const prompts = [
        [
          { role: "user", content: "a" },
          { role: "assistant", content: null }
        ],
        [],
        null,
        [{ role: "user", content: "\ufeff😀" }]
      ]
      const scores = [[1, 2], [], null, [null]]
      const table = new Arrow.Table({
        prompt: Arrow.vectorFromArray(prompts, new Arrow.List(new Arrow.Field("item", message, true))),
        scores: Arrow.vectorFromArray(scores, new Arrow.LargeList(new Arrow.Field("item", new Arrow.Int32(), true))),
        nothing: Arrow.vectorFromArray([null, null, null, null], new Arrow.Null()),
        view: Arrow.vectorFromArray(["short", "longer than twelve bytes 😀", null, "\ufeff"], new Arrow.Utf8View()),
        kind: Arrow.vectorFromArray(["a", null, "b", "a"], new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int8()))
      })
      const fields = {
        prompt: Schema.NullOr(
          Schema.Array(Schema.Struct({ content: Schema.NullOr(Schema.String), role: Schema.String }))
        ),
        scores: Schema.NullOr(Schema.Array(Schema.NullOr(Schema.Finite))),
        nothing: Schema.NullOr(Schema.String),
        view: Schema.NullOr(Schema.String),
        kind: Schema.NullOr(Schema.Literals(["a", "b"]))
      }
      for (const kind of ["file", "stream"] as const) {
        const reading = yield* readAll(arrow(yield* written(table, kind), fields))
        assert.deepStrictEqual(
          reading.rows,
          prompts.map((prompt, i) => ({
            prompt,
            scores: scores[i]!,
            nothing: null,
            view: ["short", "longer than twelve bytes 😀", null, "\ufeff"][i]!,
            kind: (["a", null, "b", "a"] as const)[i]!
          }))
        )
      }
    })
  )

  it.effect("arrow makes numbers of 64-bit integers that fit and rejects the others", () =>
    Effect.gen(function* () {
      const table = new Arrow.Table({
        n: Arrow.vectorFromArray([1n, -5n, 9007199254740993n, null], new Arrow.Int64()),
        u: Arrow.vectorFromArray([1n, 2n, 3n, 4n], new Arrow.Uint64())
      })
      const file = yield* written(table)
      const reading = yield* readAll(arrow(file, { n: Schema.Int, u: Schema.Int }, { maxRejectShare: 1 }))
      assert.deepStrictEqual(reading.rows, [
        { n: 1, u: 1 },
        { n: -5, u: 2 }
      ])
      assert.deepStrictEqual(
        reading.rejects.map(({ id, reason }) => [id, reason]),
        [
          [`${path.basename(file)}:3`, "integer too large"],
          [`${path.basename(file)}:4`, "null value"]
        ]
      )
    })
  )

  it.effect("arrow rejects text that is not UTF-8", () =>
    Effect.gen(function* () {
      const words = Arrow.vectorFromArray(["good", "REPLACE", "\ufffd"], new Arrow.Utf8())
      const file = yield* written(new Arrow.Table({ id: words }))
      const bytes = fs.readFileSync(file)
      bytes[bytes.indexOf("REPLACE")] = 0xff
      fs.writeFileSync(file, bytes)
      const reading = yield* readAll(arrow(file, { id: Schema.String }, { maxRejectShare: 1 }))
      assert.deepStrictEqual(reading.rows, [{ id: "good" }, { id: "\ufffd" }])
      assert.deepStrictEqual(
        reading.rejects.map(({ reason }) => reason),
        ["invalid UTF-8"]
      )
    })
  )

  it.effect("arrow reads files and streams without rows", () =>
    Effect.gen(function* () {
      for (const kind of ["file", "stream"] as const) {
        assert.deepStrictEqual((yield* readAll(arrow(yield* written(tableOf([]), kind), flatFields))).rows, [])
      }
    })
  )

  it.effect("arrow reads dates, times and decimals as texts of ISO 8601 and as numbers or texts with all digits", () =>
    Effect.gen(function* () {
      const at = new Date("2024-02-29T12:34:56.789Z")
      const ms = BigInt(at.getTime())
      const made = (type: Arrow.DataType, values: ArrayLike<number | bigint>) =>
        Arrow.makeVector({ type, data: values } as never) as Arrow.Vector
      const { NANOSECOND, SECOND } = Arrow.TimeUnit
      const table = new Arrow.Table({
        second: made(new Arrow.Timestamp(SECOND), BigInt64Array.of(ms / 1000n)),
        nano: made(new Arrow.Timestamp(NANOSECOND, "UTC"), BigInt64Array.of(ms * 1_000_000n + 5n)),
        day: made(new Arrow.DateDay(), Int32Array.of(Math.floor(at.getTime() / 86_400_000))),
        moment: made(new Arrow.DateMillisecond(), BigInt64Array.of(ms)),
        time: made(new Arrow.TimeMicrosecond(), BigInt64Array.of(1n)),
        few: made(new Arrow.Decimal(2, 9), Uint32Array.of(0xfffffffd, 0xffffffff, 0xffffffff, 0xffffffff)),
        many: made(new Arrow.Decimal(2, 38), Uint32Array.of(5, 0, 1, 0))
      })
      const text = Schema.String
      const fields = { second: text, nano: text, day: text, moment: text, time: text, few: Schema.Finite, many: text }
      for (const kind of ["file", "stream"] as const) {
        const { rows } = yield* readAll(arrow(yield* written(table, kind), fields))
        assert.deepStrictEqual(rows, [
          {
            second: "2024-02-29T12:34:56",
            nano: "2024-02-29T12:34:56.789000005Z",
            day: "2024-02-29",
            moment: at.toISOString(),
            time: "00:00:00.000001",
            few: -0.03,
            many: `${2n ** 64n / 100n}.${(2n ** 64n % 100n) + 5n}`
          }
        ])
      }
    })
  )
})

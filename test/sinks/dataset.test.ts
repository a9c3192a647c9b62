import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Run } from "../../src/Run.ts"
import type { Sink, WrittenFile } from "../../src/Sink.ts"
import { dataset, type DatasetOptions, type DatasetResult } from "../../src/sinks/dataset.ts"
import { SinkError } from "../../src/sinks/SinkError.ts"
import * as Stage from "../../src/Stage.ts"
import { batchesOf, filesBelow, sinkContract } from "../contracts/sink.ts"
import { hardFields, hardRows } from "./hardTable.ts"
import { readArrow, readJsonl, readParquet } from "./readBack.ts"

/** The sink with the plain list of files that the contract asks for. */
const filesOf = (options: DatasetOptions<{}>): Sink<never, ReadonlyArray<WrittenFile>, SinkError, Run> => {
  const sink = dataset(options)
  return {
    ...sink,
    write: (fields, batches) => Effect.map(sink.write(fields, batches), (result) => result.files)
  }
}

const readers = { parquet: readParquet, arrow: readArrow, jsonl: readJsonl, "jsonl.zst": readJsonl }

for (const format of ["parquet", "arrow", "jsonl", "jsonl.zst"] as const) {
  sinkContract({
    name: `dataset of ${format} files`,
    sink: filesOf({ format, shardBytes: 100_000 }),
    read: readers[format],
    holdsNonFinite: !format.startsWith("jsonl")
  })
}

const splitFields = { id: Schema.String, split: Schema.NullOr(Schema.String) }

const countIds = Stage.reshape({
  name: "pairUp",
  needs: { id: Schema.String },
  gives: { first: Schema.String, n: Schema.Int },
  keeps: false,
  row: (row) => (row.id.length % 2 === 0 ? [{ first: row.id, n: row.id.length }] : [])
})

const pathsOf = (result: DatasetResult) => result.files.map((file) => file.path)

describe("dataset", () => {
  it.effect("hands on what its author says for the card, and the files do not depend on it", () =>
    Effect.gen(function* () {
      const card = { prettyName: "My pairs", licence: "cc-by-4.0", language: ["en", "pt-BR"] }
      const rows = [{ id: "a", split: null }]
      const plain = yield* dataset().write(splitFields, batchesOf(rows, 1))
      const said = yield* dataset({ card }).write(splitFields, batchesOf(rows, 1))
      assert.deepStrictEqual(said.card, card)
      assert.deepStrictEqual(plain.card, {})
      assert.deepStrictEqual(said.files, plain.files)
      assert.deepStrictEqual(dataset({ card }).config, dataset().config)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it("refuses facts that the hub would refuse, before anything runs", () => {
    assert.throws(
      () => dataset({ card: { licence: "Apache 2.0" } }).check?.(splitFields),
      /found licence "Apache 2\.0"/
    )
    assert.throws(() => dataset({ card: { language: ["English"] } }).check?.(splitFields), /found language "English"/)
    dataset({ card: { licence: { name: "my-own", link: "https://example.invalid" }, language: ["en"] } }).check?.(
      splitFields
    )
  })

  it.effect("sends each row to the file of its split, in input order", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const rows = ["test", null, "train_sft", "test", "train", "v1.dev"].map((split, i) => ({ id: `${i}`, split }))
      const result = yield* dataset().write(splitFields, batchesOf(rows, 4))
      assert.deepStrictEqual(pathsOf(result), [
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "data/train_sft-00000-of-00001.parquet",
        "data/v1.dev-00000-of-00001.parquet"
      ])
      const train = yield* Effect.promise(() => readParquet(path.join(folder, pathsOf(result)[1]!)))
      assert.deepStrictEqual(train, [rows[1]!, rows[4]!])
      assert.deepStrictEqual(
        result.configs.map(({ name, folder: where, splits }) => [name, where, splits.map((split) => split.name)]),
        [["default", "data", ["test", "train", "train_sft", "v1.dev"]]]
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("begins a new file when the rows of one reach the limit", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const rows = Array.from({ length: 10 }, (_, i) => ({ id: `${i}`.repeat(400), split: i === 9 ? "test" : null }))
      const result = yield* dataset({ shardBytes: 1000 }).write(splitFields, batchesOf(rows))
      assert.deepStrictEqual(pathsOf(result), [
        "data/train-00000-of-00003.parquet",
        "data/train-00001-of-00003.parquet",
        "data/train-00002-of-00003.parquet",
        "data/test-00000-of-00001.parquet"
      ])
      assert.deepStrictEqual(
        result.files.map((file) => file.rows),
        [3, 3, 3, 1]
      )
      assert.deepStrictEqual(filesBelow(folder), pathsOf(result).toSorted())
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("writes one file without rows when there are none", () =>
    Effect.gen(function* () {
      const result = yield* dataset().write(splitFields, batchesOf([]))
      assert.deepStrictEqual(pathsOf(result), ["data/train-00000-of-00001.parquet"])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("removes the files of an earlier run when its own are complete, and no others", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const rows = Array.from({ length: 10 }, (_, i) => ({ id: `${i}`.repeat(400), split: null }))
      yield* dataset({ shardBytes: 1000 }).write(splitFields, batchesOf(rows))
      yield* dataset({ format: "jsonl.zst" }).write(splitFields, batchesOf([{ id: "a", split: "dev" }]))
      fs.writeFileSync(path.join(folder, "data", "notes.txt"), "mine")
      fs.writeFileSync(path.join(folder, "data", ".train-00000.parquet.999999999.tmp"), "of a process that is no more")
      const result = yield* dataset().write(splitFields, batchesOf(rows))
      assert.deepStrictEqual(filesBelow(folder), ["data/notes.txt", ...pathsOf(result)])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("refuses a split that the hub does not take", () =>
    Effect.gen(function* () {
      for (const split of ["train-prefs", "", "a b", "../x", "a..b", ".a"]) {
        const rows = [
          { id: "a", split: null },
          { id: "b", split }
        ]
        const error = yield* Effect.flip(dataset().write(splitFields, batchesOf(rows)))
        assert.instanceOf(error, SinkError)
        assert.deepInclude(error, { reason: "badRow", row: 1, column: "split" })
      }
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("refuses splits that make one file where capital letters do not count", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const rows = ["test", "Train", null].map((split, i) => ({ id: `${i}`, split }))
      const error = yield* Effect.flip(dataset().write(splitFields, batchesOf(rows)))
      assert.instanceOf(error, SinkError)
      assert.deepInclude(error, { reason: "badRow", row: 2, column: "split", found: 'the string "train"' })
      assert.match(error.message, /expected "Train" as in rows before, or another name: .* as on macOS and Windows$/)
      assert.deepStrictEqual(filesBelow(folder), [])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("makes derived tables from all rows, split by split", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const rows = Array.from({ length: 1200 }, (_, i) => ({ id: `${i}`, split: i % 3 === 0 ? "test" : null }))
      const sink = dataset({ derive: { pairs: countIds } })
      const result = yield* sink.write(splitFields, batchesOf(rows))
      assert.deepStrictEqual(pathsOf(result), [
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "pairs/train-00000-of-00001.parquet"
      ])
      const expected = [...rows.filter((row) => row.split === "test"), ...rows.filter((row) => row.split === null)]
        .filter((row) => row.id.length % 2 === 0)
        .map((row) => ({ first: row.id, n: BigInt(row.id.length) }))
      assert.deepStrictEqual(yield* Effect.promise(() => readParquet(path.join(folder, pathsOf(result)[2]!))), expected)
      assert.deepStrictEqual(Object.keys(result.configs[1]!.columns), ["first", "n"])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("gives a derivation the rows as they were written", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const look = Stage.enrich({
        name: "look",
        needs: hardFields,
        gives: { seen: Schema.Boolean },
        rows: (batch) => {
          seen.push(...batch)
          return batch.map(() => ({ seen: true }))
        }
      })
      const rows = hardRows(700, { finite: false })
      yield* dataset({ derive: { looked: look } }).write(hardFields, batchesOf(rows))
      assert.deepStrictEqual(seen, [...rows])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it("tells the steps of its derivations, under the names of their tables", () => {
    const { steps } = dataset({ derive: { pairs: countIds, more: countIds } })
    assert.deepStrictEqual(
      steps!({ id: Schema.String }).map(({ key }) => key),
      ["pairs/pairUp", "more/pairUp"]
    )
  })

  it("checks its derivations when the plan is built", () => {
    const check = (options: { readonly derive: Readonly<Record<string, typeof countIds>> }) => dataset(options).check!
    assert.throws(() => check({ derive: { pairs: countIds } })({ text: Schema.String }), 'column "id" is missing')
    assert.throws(() => check({ derive: { data: countIds } })({ id: Schema.String }), 'Cannot derive table "data"')
    assert.throws(() => check({ derive: { "../x": countIds } })({ id: Schema.String }), 'Cannot derive table "../x"')
    assert.throws(() => dataset().check!({ split: Schema.Int }), 'column "split" is integer')
    check({ derive: { pairs: countIds } })({ id: Schema.String })
  })

  it("asks of a row what its derivations need, and nothing else", () => {
    const plain: Sink<unknown, DatasetResult, SinkError, Run> = dataset()
    const derived: Sink<{ readonly id: string }, DatasetResult, SinkError, Run> = dataset({ derive: { countIds } })
    // @ts-expect-error rows without an id are not enough for the derivation
    const wrong: Sink<{ readonly text: string }, DatasetResult, SinkError, Run> = dataset({ derive: { countIds } })
    assert.deepStrictEqual([plain.name, derived.name, wrong.name], ["dataset", "dataset", "dataset"])
  })
})

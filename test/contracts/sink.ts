import * as nodeAssert from "node:assert/strict"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Batch } from "../../src/Batch.ts"
import * as Columns from "../../src/Columns.ts"
import { Run } from "../../src/Run.ts"
import type { Sink, WrittenFile } from "../../src/Sink.ts"
import { SinkError } from "../../src/sinks/SinkError.ts"
import { hardFields, hardRows } from "../sinks/hardTable.ts"
import { randomTable } from "../sinks/randomTable.ts"
import { plain, type Row } from "../sinks/readBack.ts"

export interface SinkContract {
  readonly name: string
  readonly sink: Sink<never, ReadonlyArray<WrittenFile>, SinkError, Run>
  /** Reads the rows of one written file; the argument is an absolute path. */
  readonly read: (file: string) => Promise<ReadonlyArray<Row>>
  /** Whether NaN and infinities can be written. */
  readonly holdsNonFinite: boolean
}

/** Cuts rows into batches of a size. That they fit the sink is left to its check. */
export const batchesOf = (rows: ReadonlyArray<unknown>, size = 512): Stream.Stream<Batch<never>> =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => ({
      index,
      rows: rows.slice(index * size, (index + 1) * size) as Array<never>
    }))
  )

/** All files below a folder, without the run's own. */
export const filesBelow = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith(".prefloom"))
    .toSorted()

/** What every sink that writes files has to do. */
export const sinkContract = ({ name, sink, read, holdsNonFinite }: SinkContract): void => {
  const write = (fields: Schema.Struct.Fields, rows: ReadonlyArray<Row>, size?: number) =>
    sink.write(fields, batchesOf(rows, size))

  const readBack = Effect.fnUntraced(function* (fields: Schema.Struct.Fields, files: ReadonlyArray<WrittenFile>) {
    const { folder } = yield* Run
    const rows: Array<Row> = []
    for (const file of files) rows.push(...(yield* Effect.promise(() => read(path.join(folder, file.path)))))
    const columns = Columns.fromFields(fields)
    return rows.map((row) =>
      Object.fromEntries(columns.map((column) => [column.name, plain(column.type, row[column.name])]))
    )
  })

  const finite = !holdsNonFinite

  describe(`${name} keeps the sink contract`, () => {
    it.effect.each([0, 1, 1001])("reads back what was written: %i rows", (nRows) =>
      Effect.gen(function* () {
        const rows = hardRows(nRows, { finite })
        const files = yield* write(hardFields, rows)
        nodeAssert.deepStrictEqual(yield* readBack(hardFields, files), rows)
        assert.strictEqual(
          files.reduce((sum, file) => sum + file.rows, 0),
          nRows
        )
      }).pipe(Effect.provide(Run.layerTemporary()))
    )

    it.effect("reads back random tables", () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 20; seed++) {
          const { fields, rows } = randomTable(seed, 200, { finite })
          nodeAssert.deepStrictEqual(yield* readBack(fields, yield* write(fields, rows)), rows, `seed ${seed}`)
        }
      }).pipe(Effect.provide(Run.layerTemporary()))
    )

    it.effect("takes an absent key for null and leaves other keys out", () =>
      Effect.gen(function* () {
        const { id, text } = hardFields
        const files = yield* write({ id, text }, [
          { id: "a", extra: 1 },
          { id: "b", text: undefined }
        ])
        nodeAssert.deepStrictEqual(yield* readBack({ id, text }, files), [
          { id: "a", text: null },
          { id: "b", text: null }
        ])
        // Every object inherits something under this name.
        const inner = { inner: Schema.Struct({ constructor: Schema.NullOr(Schema.String), n: Schema.Int }) }
        const nested = yield* write(inner, [{ inner: { n: 1 } }, { inner: { n: 2, constructor: "c" } }])
        nodeAssert.deepStrictEqual(yield* readBack(inner, nested), [
          { inner: { constructor: null, n: 1 } },
          { inner: { constructor: "c", n: 2 } }
        ])
      }).pipe(Effect.provide(Run.layerTemporary()))
    )

    it.effect("writes the same bytes however rows are cut into batches, and every time", () =>
      Effect.gen(function* () {
        const rows = hardRows(2500, { finite })
        const first = yield* write(hardFields, rows)
        for (const size of [1, 7, 999, 5000]) {
          assert.deepStrictEqual(yield* write(hardFields, rows, size), first)
        }
      }).pipe(Effect.provide(Run.layerTemporary()))
    )

    it.effect("tells size and checksum of the files that are there", () =>
      Effect.gen(function* () {
        const { folder } = yield* Run
        const files = yield* write(hardFields, hardRows(100, { finite }))
        assert.deepStrictEqual(
          filesBelow(folder),
          files.map((file) => file.path)
        )
        for (const file of files) {
          const bytes = fs.readFileSync(path.join(folder, file.path))
          const digest = yield* Effect.promise(() => crypto.subtle.digest("SHA-256", bytes))
          assert.strictEqual(file.bytes, bytes.length)
          assert.strictEqual(file.sha256, Buffer.from(digest).toString("hex"))
        }
      }).pipe(Effect.provide(Run.layerTemporary()))
    )

    it.effect("leaves what was there when the input fails or is interrupted", () =>
      Effect.gen(function* () {
        const { folder } = yield* Run
        const before = yield* write(hardFields, hardRows(10, { finite }))
        const start = batchesOf(hardRows(3000, { finite }))
        const failed = yield* sink.write(hardFields, Stream.concat(start, Stream.fail("boom"))).pipe(Effect.exit)
        assert.deepStrictEqual(failed, Exit.fail("boom"))

        const reached = yield* Deferred.make<void>()
        const endless = Stream.concat(
          start,
          Stream.fromEffect(Effect.andThen(Deferred.succeed(reached, undefined), Effect.never))
        )
        const fiber = yield* Effect.forkChild(sink.write(hardFields, endless))
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)

        assert.deepStrictEqual(
          filesBelow(folder),
          before.map((file) => file.path)
        )
        nodeAssert.deepStrictEqual(yield* readBack(hardFields, before), hardRows(10, { finite }))
      }).pipe(Effect.provide(Run.layerTemporary()))
    )

    it.effect("refuses a value that the file would change, naming row and column", () =>
      Effect.gen(function* () {
        const { folder } = yield* Run
        const good = hardRows(700, { finite })
        const refusal = (changed: Row, column: string) =>
          Effect.gen(function* () {
            const rows = good.with(600, { ...good[600], ...changed })
            const error = yield* Effect.flip(write(hardFields, rows))
            assert.instanceOf(error, SinkError)
            assert.deepInclude(error, { reason: "badRow", row: 600, column })
          })
        yield* refusal({ text: "cut \ud83d" }, "text")
        yield* refusal({ messages: [{ role: "user", content: "\udc00" }] }, "messages[0].content")
        yield* refusal({ int: 1.5 }, "int")
        yield* refusal({ id: null }, "id")
        yield* refusal({ label: "third" }, "label")
        if (!holdsNonFinite) yield* refusal({ float: NaN }, "float")
        assert.deepStrictEqual(filesBelow(folder), [])
      }).pipe(Effect.provide(Run.layerTemporary()))
    )
  })
}

import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Pipeline from "../../src/Pipeline.ts"
import type { Reject } from "../../src/Rejects.ts"
import { Run } from "../../src/Run.ts"
import type { RowOf } from "../../src/Stage.ts"

/** All that one run of a source gave. */
export interface Reading<Row> {
  readonly rows: ReadonlyArray<Row>
  readonly batchSizes: ReadonlyArray<number>
  readonly indices: ReadonlyArray<number>
  readonly rejects: ReadonlyArray<Reject>
  readonly counts: { readonly rowsIn: number; readonly rowsOut: number; readonly rejected: number }
  readonly totalRows: number | null
}

/** Reads a source to its end, or the first `nBatches` of it, in a run of its own. */
export const readAll = <Row, E>(
  pipeline: Pipeline.Pipeline<Row, E, Run>,
  nBatches = Number.POSITIVE_INFINITY
): Effect.Effect<Reading<Row>, E> =>
  Effect.gen(function* () {
    const run = yield* Run
    const batches = yield* Stream.runCollect(Stream.take(pipeline.batches, nBatches))
    return {
      rows: batches.flatMap((batch) => batch.rows),
      batchSizes: batches.map((batch) => batch.rows.length),
      indices: batches.map((batch) => batch.index),
      rejects: [...run.rejects.entries()],
      counts: { ...run.progress.stage(pipeline.steps[0]!.key) },
      totalRows: run.progress.totalRows
    }
  }).pipe(Effect.provide(Run.layerTemporary()))

/** A folder that is removed when the test ends. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-sources-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** The columns that every format has to carry. */
export const flatFields = {
  id: Schema.String,
  text: Schema.String,
  note: Schema.NullOr(Schema.String),
  n: Schema.Int,
  score: Schema.NullOr(Schema.Finite),
  ok: Schema.Boolean,
  verdict: Schema.Literals(["a", "b", "tie"])
}

const texts = [
  "plain",
  "two\nlines",
  'quote " and, comma',
  "é 中文 😀 \u{1F469}\u{200D}\u{1F4BB}",
  "\u2028 and \u2029",
  "\ufeffstarts with a mark",
  " spaces ",
  "tab\t\\ backslash \\",
  "null",
  "0"
]

/** Rows of `flatFields`, the same for the same number. */
export const flatRows = (nRows: number, textBytes = 0): ReadonlyArray<RowOf<typeof flatFields>> =>
  Array.from({ length: nRows }, (_, i) => ({
    id: `row-${i}`,
    text: texts[i % texts.length]! + "x".repeat(textBytes),
    note: i % 3 === 0 ? null : `note ${i}`,
    n: i % 7 === 3 ? -i : i * 1_000_003,
    score: i % 5 === 0 ? null : (i - 50) / 8,
    ok: i % 2 === 0,
    verdict: (["a", "b", "tie"] as const)[i % 3]!
  }))

/** A format as the contract sees it. */
export interface SourceFormat {
  readonly name: string
  /** Writes rows in a file of this name without extension, and gives its path; for a source in memory, nothing. */
  readonly write: (stem: string, rows: ReadonlyArray<RowOf<typeof flatFields>>) => Effect.Effect<string>
  readonly read: (
    paths: ReadonlyArray<string>,
    options: { readonly batchSize?: number },
    rows: ReadonlyArray<RowOf<typeof flatFields>>
  ) => Pipeline.Pipeline<RowOf<typeof flatFields>, Error, Run>
  /** Whether the source knows its number of rows before the first. */
  readonly knowsRows: boolean
  readonly inMemory?: boolean
}

const openFiles = (folder: string): ReadonlyArray<string> =>
  fs.existsSync("/proc/self/fd")
    ? fs.readdirSync("/proc/self/fd").flatMap((descriptor) => {
        try {
          const target = fs.readlinkSync(`/proc/self/fd/${descriptor}`, "utf8")
          return target.startsWith(folder) ? [target] : []
        } catch {
          // The descriptor with which the folder was listed is closed by now.
          return []
        }
      })
    : []

/** Waits until no file of a folder is open; streams of Node close theirs a moment after they are destroyed. */
const assertClosed = (folder: string) =>
  Effect.promise(() =>
    vi.waitFor(() => {
      assert.deepStrictEqual(openFiles(folder), [])
    })
  )

/** What every source promises, whatever the format. */
export const sourceContract = (format: SourceFormat) =>
  describe(`source contract: ${format.name}`, () => {
    const write = (nRows: number, textBytes?: number) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const rows = flatRows(nRows, textBytes)
        return { folder, rows, file: yield* format.write(path.join(folder, "rows"), rows) }
      })

    it.effect(`${format.name} gives the rows that were written, in order`, () =>
      Effect.gen(function* () {
        const { rows, file } = yield* write(1237)
        const reading = yield* readAll(format.read([file], {}, rows))
        assert.deepStrictEqual(reading.rows, rows)
        assert.deepStrictEqual(reading.counts, { rowsIn: 1237, rowsOut: 1237, rejected: 0 })
        assert.deepStrictEqual(
          reading.indices,
          reading.indices.map((_, i) => i)
        )
        assert.strictEqual(reading.totalRows, format.knowsRows ? 1237 : null)
      })
    )

    it.effect(`${format.name} gives the same rows for every batch size`, () =>
      Effect.gen(function* () {
        const { rows, file } = yield* write(90)
        for (const batchSize of [1, 7, 512]) {
          const reading = yield* readAll(format.read([file], { batchSize }, rows))
          assert.deepStrictEqual(reading.rows, rows)
          assert.isTrue(reading.batchSizes.every((size) => size > 0 && size <= batchSize))
        }
      })
    )

    it.effect(`${format.name} can be read twice from one pipeline`, () =>
      Effect.gen(function* () {
        const { rows, file } = yield* write(30)
        const pipeline = format.read([file], {}, rows)
        const first = yield* readAll(pipeline)
        assert.deepStrictEqual(yield* readAll(pipeline), first)
      })
    )

    it.effect(`${format.name} reads no further than the consumer asks, and closes its files`, () =>
      Effect.gen(function* () {
        const { folder, rows, file } = yield* write(20_000, 200)
        const reading = yield* readAll(format.read([file], { batchSize: 100 }, rows), 1)
        assert.deepStrictEqual(reading.rows, rows.slice(0, reading.rows.length))
        assert.isBelow(reading.counts.rowsIn, 5000)
        yield* assertClosed(folder)
      })
    )

    it.effect(`${format.name} says which columns it gives before anything is read`, () =>
      Effect.sync(() => {
        const pipeline = format.read(["no-such-file"], {}, [])
        assert.strictEqual(pipeline.columns, flatFields)
        assert.strictEqual(pipeline.steps.length, 1)
        assert.strictEqual(pipeline.steps[0]!.kind, "source")
        assert.deepStrictEqual(pipeline.steps[0]!.needs, {})
        assert.strictEqual(pipeline.steps[0]!.gives, flatFields)
        if (format.inMemory !== true) assert.deepStrictEqual(pipeline.steps[0]!.config, { paths: ["no-such-file"] })
      })
    )

    if (format.inMemory === true) return

    it.effect(`${format.name} reads files one after the other, without loss`, () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const rows = flatRows(300)
        const files = yield* Effect.forEach([0, 1, 2], (i) =>
          format.write(path.join(folder, `part-${i}`), rows.slice(i * 100, i * 100 + 100))
        )
        assert.deepStrictEqual((yield* readAll(format.read(files, {}, rows))).rows, rows)
        const glob = path.join(folder, `part-*${path.extname(files[0]!)}`)
        const reading = yield* readAll(format.read([glob], {}, rows))
        assert.deepStrictEqual(reading.rows, rows)
        yield* assertClosed(folder)
      })
    )
  })

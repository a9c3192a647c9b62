import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Run } from "../../src/Run.ts"
import { arrow } from "../../src/sinks/arrow.ts"
import { dataset } from "../../src/sinks/dataset.ts"
import { jsonl } from "../../src/sinks/jsonl.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { SinkError } from "../../src/sinks/SinkError.ts"
import { batchesOf, filesBelow } from "../contracts/sink.ts"

const fields = { text: Schema.String }
const rows = Array.from({ length: 3000 }, (_, i) => ({ text: `${i} `.repeat(300) }))

const refusedBecause = Effect.fnUntraced(function* (
  reason: SinkError["reason"],
  write: Effect.Effect<unknown, unknown, Run>
) {
  const error = yield* Effect.flip(write)
  assert.instanceOf(error, SinkError)
  assert.strictEqual(error.reason, reason)
  return error.message
})

describe("a sink's path", () => {
  it.effect("stays inside the run folder", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      for (const name of [
        "../out.parquet",
        "a/../../out.parquet",
        "/tmp/out.parquet",
        "..",
        ".",
        `${folder}x/out.parquet`
      ]) {
        const message = yield* refusedBecause("badPath", parquet(name).write(fields, batchesOf(rows)))
        assert.include(message, `Cannot write "${name}" (sink "parquet")`)
      }
      assert.isFalse(fs.existsSync(path.join(folder, "..", "out.parquet")))
      assert.deepStrictEqual(filesBelow(folder), [])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("may be absolute when it is inside", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const [file] = yield* jsonl(path.join(folder, "a", "..", "rows.jsonl")).write(fields, batchesOf(rows))
      assert.strictEqual(file!.path, "rows.jsonl")
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("is written by one sink at a time", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const inner = parquet("rows.parquet").write(fields, batchesOf(rows))
      const meanwhile = Stream.mapEffect(batchesOf(rows), (batch) => Effect.as(refusedBecause("badPath", inner), batch))
      yield* parquet("./rows.parquet").write(fields, meanwhile)
      assert.deepStrictEqual(filesBelow(folder), ["rows.parquet"])
      yield* inner
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})

describe("a sink that the file system refuses", () => {
  const sinks = { parquet: parquet("a/rows"), arrow: arrow("a/rows"), jsonl: jsonl("a/rows"), zst: jsonl("a/rows.zst") }

  it.effect.each(Object.keys(sinks) as Array<keyof typeof sinks>)("%s: a file where a folder should be", (name) =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      fs.writeFileSync(path.join(folder, "a"), "")
      yield* refusedBecause("cannotWrite", sinks[name].write(fields, batchesOf(rows)))
      assert.deepStrictEqual(filesBelow(folder), ["a"])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("a folder where the file should be", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      fs.mkdirSync(path.join(folder, "a", "rows"), { recursive: true })
      yield* refusedBecause("badPath", sinks.parquet.write(fields, batchesOf(rows)))
      assert.deepStrictEqual(filesBelow(folder), [])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect.skipIf(process.platform !== "linux")("a full disk", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      fs.mkdirSync(path.join(folder, "a"))
      for (const sink of Object.values(sinks)) {
        const file = sink === sinks.zst ? "rows.zst" : "rows"
        fs.symlinkSync("/dev/full", path.join(folder, "a", `.${file}.${process.pid}.tmp`))
        assert.include(yield* refusedBecause("cannotWrite", sink.write(fields, batchesOf(rows))), "ENOSPC")
        assert.deepStrictEqual(filesBelow(folder), [])
      }
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("a folder that went away meanwhile", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const input = Stream.tap(batchesOf(rows), () =>
        Effect.sync(() => fs.rmSync(path.join(folder, "data"), { recursive: true, force: true }))
      )
      yield* refusedBecause("cannotWrite", dataset().write(fields, input))
      assert.deepStrictEqual(filesBelow(folder), [])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect.skipIf(process.getuid?.() === 0)("a folder without permission", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      fs.mkdirSync(path.join(folder, "a"), { mode: 0o555 })
      yield* refusedBecause("cannotWrite", sinks.parquet.write(fields, batchesOf(rows)))
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})

describe("a dataset that ends early", () => {
  it.effect("keeps all files of the run before, and leaves no other", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const sink = dataset({ shardBytes: 500_000 })
      const before = yield* sink.write(fields, batchesOf(rows.slice(0, 1500)))
      const failing = Stream.concat(batchesOf(rows), Stream.fail("boom"))
      assert.deepStrictEqual(yield* Effect.exit(sink.write(fields, failing)), Exit.fail("boom"))
      assert.deepStrictEqual(
        filesBelow(folder),
        before.files.map((file) => file.path)
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})

const isTemporary = (file: string) => /(^|\/)\.[^/]+\.\d+\.tmp$/.test(file)

describe("a process killed while it writes", () => {
  it.effect.each(["parquet", "dataset"] as const)(
    "%s: leaves temporary files only, which the next run removes",
    (name) =>
      Effect.gen(function* () {
        const { folder } = yield* Run
        const below = path.join(folder, "killed")
        fs.mkdirSync(below)
        const write =
          name === "parquet"
            ? Effect.asVoid(parquet("rows.parquet").write(fields, batchesOf(rows)))
            : Effect.asVoid(dataset({ shardBytes: 5_000_000 }).write(fields, batchesOf(rows)))
        const run = Effect.provide(write, Run.layer({ folder: below }))
        yield* run
        const whole = filesBelow(below)

        const script = fileURLToPath(new URL("../sinks/endlessWrite.ts", import.meta.url))
        const child = childProcess.spawn(process.execPath, [script, below, name], { stdio: "ignore" })
        const ended = new Promise((resolve) => child.once("exit", resolve))
        const written = () =>
          filesBelow(below)
            .filter(isTemporary)
            .reduce((sum, file) => sum + (fs.statSync(path.join(below, file), { throwIfNoEntry: false })?.size ?? 0), 0)
        while (written() < 3_000_000) {
          assert.strictEqual(child.exitCode, null)
          yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))
        }
        child.kill("SIGKILL")
        yield* Effect.promise(() => ended)

        assert.isAbove(filesBelow(below).filter(isTemporary).length, 0)
        assert.deepStrictEqual(
          filesBelow(below).filter((file) => !isTemporary(file)),
          whole
        )
        yield* run
        assert.deepStrictEqual(filesBelow(below), whole)
      }).pipe(Effect.provide(Run.layerTemporary()))
  )
})

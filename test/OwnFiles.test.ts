import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { execute } from "../src/execute.ts"
import { foreignFile, isUnfinished, OwnFiles } from "../src/OwnFiles.ts"
import { into } from "../src/Plan.ts"
import { Progress } from "../src/Progress.ts"
import type { Sink } from "../src/Sink.ts"
import { dataset } from "../src/sinks/dataset.ts"
import { jsonl as toJsonl } from "../src/sinks/jsonl.ts"
import { memory } from "../src/sources/memory.ts"
import { filter } from "../src/stages/filter.ts"
import { temporaryFolder } from "./stages/collect.ts"

const fields = { id: Schema.String }

const write = (folder: string, name: string, text = "mine") => {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  return file
}

/** Runs one row into a folder; `seen` gets it on its way. */
const run = (out: string, options: { readonly sink?: "jsonl" | "dataset"; readonly seen?: () => void } = {}) => {
  const rows = memory([{ id: "a" }], fields).pipe(
    filter({ needs: fields, reason: "no", keep: () => (options.seen?.(), true) })
  )
  const plan = options.sink === "jsonl" ? rows.pipe(into(toJsonl("rows.jsonl"))) : rows.pipe(into(dataset()))
  return execute(plan, { name: "one", out, seed: 0, limit: null, fresh: false, progress: new Progress() })
}

describe("OwnFiles", () => {
  it.effect("OwnFiles keeps a run from reading or asking anything where it would replace what somebody else left", () =>
    Effect.gen(function* () {
      for (const [name, sink] of [
        ["data/train-00000-of-00001.parquet", "dataset"],
        ["data/old-00000-of-00001.parquet", "dataset"],
        ["rows.jsonl", "jsonl"],
        ["report.html", "jsonl"],
        ["rejects.parquet", "dataset"],
        ["manifest.json", "jsonl"]
      ] as const) {
        const out = yield* temporaryFolder
        const file = write(out, name)
        let nSeen = 0
        const { message, resumable } = yield* Effect.flip(run(out, { sink, seen: () => nSeen++ }))
        assert.strictEqual(
          message,
          `Cannot run in "${out}": found "${file}", which no command of Prefloom wrote there, expected none, or its own: it would be replaced; move it away, or choose another folder`
        )
        assert.deepStrictEqual([resumable, nSeen, fs.readFileSync(file, "utf8")], [false, 0, "mine"])
        assert.deepStrictEqual(fs.readdirSync(out), [name.split("/")[0]])
        fs.rmSync(file)
        for (const _ of [1, 2]) yield* run(out, { sink })
      }
    })
  )

  it.effect("OwnFiles keeps a run from replacing what somebody puts there while it is going", () =>
    Effect.gen(function* () {
      for (const [name, sink] of [
        ["data/train-00000-of-00001.parquet", "dataset"],
        ["data/old-00000-of-00001.parquet", "dataset"],
        ["rows.jsonl", "jsonl"],
        ["report.html", "jsonl"]
      ] as const) {
        const out = yield* temporaryFolder
        const { message, resumable } = yield* Effect.flip(run(out, { sink, seen: () => write(out, name) }))
        assert.include(message, `${path.basename(name)}" there, which no command of Prefloom wrote`)
        assert.isTrue(resumable)
        assert.strictEqual(fs.readFileSync(path.join(out, name), "utf8"), "mine")
      }
    })
  )

  it.effect("OwnFiles lets a sink of somebody's own replace the file that it says it writes", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const mine: Sink<unknown, number> = {
        name: "mine",
        config: { path: "rows.txt" },
        write: (_columns, batches) =>
          Effect.map(Stream.runDrain(batches), () => {
            write(out, "rows.txt", "its own")
            return 1
          })
      }
      const plan = memory([{ id: "a" }], fields).pipe(into(mine))
      const options = { name: "one", out, seed: 0, limit: null, fresh: false, progress: new Progress() }
      write(out, "rows.txt")
      assert.include((yield* Effect.flip(execute(plan, options))).message, "rows.txt")
      fs.rmSync(path.join(out, "rows.txt"))
      for (const _ of [1, 2]) yield* execute(plan, options)
    })
  )

  it.effect(
    "OwnFiles lets a run go on that was killed before its manifest, with files of the one before and new ones",
    () =>
      Effect.gen(function* () {
        const out = yield* temporaryFolder
        yield* run(out)
        const manifest = fs.readFileSync(path.join(out, "manifest.json"), "utf8")
        yield* Effect.flip(
          run(out, {
            seen: () => {
              throw new Error("stopped")
            }
          })
        )
        assert.isTrue(isUnfinished(out))
        yield* run(out)
        assert.isFalse(isUnfinished(out))
        fs.rmSync(path.join(out, "manifest.json"))
        yield* run(out)
        assert.strictEqual(fs.readFileSync(path.join(out, "manifest.json"), "utf8"), manifest)
      })
  )

  it.effect("OwnFiles takes what a manifest lists for its own where there are no notes, also once that is gone", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      yield* run(out)
      fs.rmSync(path.join(out, ".prefloom"), { recursive: true })
      const all = ["data/train-00000-of-00001.parquet", "rejects.parquet", "report.html", "manifest.json"].map((name) =>
        path.join(out, name)
      )
      assert.isNull(foreignFile(out, all))
      const other = write(out, "data/other.parquet")
      assert.include(foreignFile(out, [...all, other]), `"${other}", which no`)
      new OwnFiles(out).begin()
      assert.isFalse(fs.existsSync(path.join(out, "manifest.json")))
      assert.isNull(foreignFile(out, all))
      yield* run(out)
    })
  )

  it.effect("OwnFiles does not take for its own what has a name that was once", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const own = new OwnFiles(out)
      const [one, other] = [path.join(out, "one.jsonl"), path.join(out, "other.jsonl")]
      own.add(one)
      write(out, "one.jsonl", "its own")
      own.add(other)
      write(out, "other.jsonl", "its own")
      assert.isTrue(own.mayReplace(one))
      fs.rmSync(one)
      own.add(other)
      write(out, "one.jsonl")
      assert.deepStrictEqual([own.mayReplace(one), own.mayReplace(other)], [false, true])
      assert.isFalse(isUnfinished(out))
    })
  )

  it.effect("OwnFiles says nothing against the card, its own folder, and what is elsewhere", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out")
      const files = ["out/README.md", "out/croissant.json", "out/.prefloom/rows/x.parquet", "x.jsonl"]
      assert.isNull(
        foreignFile(
          out,
          files.map((name) => write(folder, name))
        )
      )
    })
  )
})

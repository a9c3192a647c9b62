import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execute } from "../src/execute.ts"
import { into, type Plan } from "../src/Plan.ts"
import { Progress } from "../src/Progress.ts"
import { replacedInput } from "../src/replacedInput.ts"
import type { Run } from "../src/Run.ts"
import { dataset } from "../src/sinks/dataset.ts"
import { jsonl as toJsonl } from "../src/sinks/jsonl.ts"
import { jsonl } from "../src/sources/jsonl.ts"
import { memory } from "../src/sources/memory.ts"
import { parquet } from "../src/sources/parquet.ts"
import { filter } from "../src/stages/filter.ts"
import { merge } from "../src/stages/merge.ts"
import { temporaryFolder } from "./stages/collect.ts"

const fields = { id: Schema.String }

const run = (plan: Plan<Run>, out: string) =>
  execute(plan, { name: "again", out, seed: 0, limit: null, fresh: false, progress: new Progress() })

describe("replacedInput", () => {
  it.effect("replacedInput names what a sink would write over, however its path is spelt or linked", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out")
      const file = path.join(out, "pairs.jsonl")
      fs.mkdirSync(out)
      fs.writeFileSync(file, '{"id":"a"}\n')
      fs.symlinkSync(out, path.join(folder, "linked"))
      const found = (paths: string | ReadonlyArray<string>, sink = toJsonl("pairs.jsonl")) =>
        replacedInput(jsonl(paths, fields).pipe(into(sink)), out)
      for (const one of [file, path.join(folder, "linked", "pairs.jsonl"), path.join(folder, "*", "pairs.jsonl")]) {
        assert.strictEqual(found(one), file)
        assert.strictEqual(found(one, toJsonl(file)), file)
      }
      assert.strictEqual(found(path.join(out, "rejects.parquet")), null)
      fs.writeFileSync(path.join(out, "rejects.parquet"), "x")
      assert.strictEqual(found(["none.jsonl", path.join(out, "rejects.parquet")]), path.join(out, "rejects.parquet"))
      assert.isNull(found(file, toJsonl("others.jsonl")))
      const beside = memory([{ id: "b" }], fields).pipe(merge(jsonl(file, fields)))
      assert.strictEqual(replacedInput(beside.pipe(into(toJsonl("pairs.jsonl"))), out), file)
    })
  )

  it.effect("replacedInput names the files of an earlier data set, which go", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const file = path.join(out, "data", "test-00000-of-00001.parquet")
      fs.mkdirSync(path.dirname(file))
      fs.writeFileSync(file, "x")
      fs.writeFileSync(path.join(out, "data", "prompts.jsonl"), "{}\n")
      assert.strictEqual(replacedInput(parquet(out, fields).pipe(into(dataset())), out), file)
      assert.isNull(replacedInput(parquet(file, fields).pipe(into(toJsonl("rows.jsonl"))), out))
      const prompts = jsonl(path.join(out, "data", "prompts.jsonl"), fields)
      assert.isNull(replacedInput(prompts.pipe(into(dataset())), out))
    })
  )

  it.effect("replacedInput keeps a run from reading or asking anything, and the file as it is", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const file = path.join(out, "pairs.jsonl")
      const text = '{"id":"a"}\n{"id":"b"}\n'
      fs.writeFileSync(file, text)
      const seen: Array<string> = []
      const plan = jsonl(file, fields).pipe(
        filter({ needs: fields, reason: "no", keep: ({ id }) => seen.push(id) < 0 }),
        into(toJsonl("pairs.jsonl"))
      )
      const { message, resumable } = yield* Effect.flip(run(plan, out))
      assert.match(message, /^Cannot run in ".+": found ".*pairs\.jsonl", which this pipeline reads, expected its data/)
      assert.isFalse(resumable)
      assert.deepStrictEqual(seen, [])
      assert.strictEqual(fs.readFileSync(file, "utf8"), text)
      assert.deepStrictEqual(fs.readdirSync(out), ["pairs.jsonl"])
    })
  )
})

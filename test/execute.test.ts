import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execute } from "../src/execute.ts"
import { into, type Plan, using } from "../src/Plan.ts"
import { Progress } from "../src/Progress.ts"
import { batch } from "../src/providers/batch.ts"
import { Prompt } from "../schemas/Prompt.ts"
import type { Run } from "../src/Run.ts"
import { memory } from "../src/sources/memory.ts"
import { dataset } from "../src/sinks/dataset.ts"
import { jsonl } from "../src/sinks/jsonl.ts"
import { branch } from "../src/stages/branch.ts"
import { filter } from "../src/stages/filter.ts"
import { generate } from "../src/stages/generate.ts"
import { faultServer } from "./faults/FaultServer.ts"
import { temporaryFolder } from "./stages/collect.ts"

const fields = { id: Schema.String, passRate: Schema.Finite }
const rows = [0.1, 0.9, 0.4, 0.8, 0.2, 0.7, 0.3].map((passRate, i) => ({ id: `row ${i}`, passRate }))

describe("execute", () => {
  it.effect(
    "execute says how many rows came out, whatever stage they came out of, and accounts for every other one",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const weak = filter({ needs: fields, reason: "too easy", keep: ({ passRate }) => passRate < 0.8 })
        const plan = memory(rows, fields).pipe(
          branch({
            by: ({ passRate }) => (passRate < 0.5 ? "hard" : "easy"),
            routes: { easy: (some) => some.pipe(weak), hard: (some) => some.pipe(weak) }
          }),
          into(jsonl(path.join(folder, "rows.jsonl")))
        )
        const { manifest } = yield* execute(plan, {
          name: "routes",
          out: folder,
          seed: 0,
          limit: null,
          fresh: false,
          progress: new Progress()
        })
        assert.strictEqual(manifest.rowsOut, 5)
        assert.strictEqual(manifest.files[0]?.rows, 5)
        const nRejected = manifest.stages.flatMap(({ rejected }) => Object.values(rejected))
        assert.strictEqual(
          nRejected.reduce((sum, n) => sum + n, 0),
          rows.length - 5
        )
      })
  )

  it.live("execute closes the provider before the journal, so that a finished batch is forgotten", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const server = yield* faultServer({ batch: { ms: 10 } })
      const prompts = ["a", "b", "c"].map((prompt) => ({ id: prompt, domain: null, prompt, reference: null }))
      const provider = batch({
        model: "m",
        baseUrl: server.baseUrl,
        keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
        quietMs: 10
      })
      const plan = memory(prompts, Prompt).pipe(
        generate({ n: 1, maxTokens: 8 }),
        into(jsonl(path.join(folder, "rows.jsonl"))),
        using(provider)
      )
      const { manifest } = yield* execute(plan, {
        name: "batches",
        out: folder,
        seed: 0,
        limit: null,
        fresh: false,
        progress: new Progress()
      })
      assert.strictEqual(manifest.rowsOut, prompts.length)
      assert.strictEqual(server.counts().routes["POST /v1/batches"], 1)
      const database = new DatabaseSync(path.join(folder, ".prefloom", "journal.sqlite"), { readOnly: true })
      assert.deepStrictEqual(database.prepare("SELECT name FROM notes").all(), [])
      database.close()
    })
  )

  it.effect("execute writes over its own card, and not over one that somebody wrote or changed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const card = path.join(folder, "README.md")
      const asked: Array<string> = []
      const source = memory(rows, fields).pipe(
        filter({ needs: fields, reason: "none", keep: ({ id }) => asked.push(id) > 0 })
      )
      const run = (plan: Plan<Run>) =>
        execute(plan, { name: "mine", out: folder, seed: 0, limit: null, fresh: false, progress: new Progress() })
      yield* run(source.pipe(into(dataset())))
      const written = fs.readFileSync(card, "utf8")
      yield* run(source.pipe(into(dataset())))
      assert.strictEqual(fs.readFileSync(card, "utf8"), written)
      assert.strictEqual(asked.length, 2 * rows.length)

      const manifest = fs.readFileSync(path.join(folder, "manifest.json"), "utf8")
      for (const other of [written.replace("# mine", "# Mine"), "# My project\n", ""]) {
        fs.writeFileSync(card, other)
        const { message, resumable } = yield* Effect.flip(run(source.pipe(into(dataset()))))
        assert.match(
          message,
          /^Cannot run in ".+": found a README\.md that .* changed since, expected .*; move it away/
        )
        assert.isFalse(resumable)
        assert.strictEqual(fs.readFileSync(card, "utf8"), other)
        assert.strictEqual(fs.readFileSync(path.join(folder, "manifest.json"), "utf8"), manifest)
      }
      assert.strictEqual(asked.length, 2 * rows.length)

      // A sink that writes no card leaves the file alone.
      yield* run(source.pipe(into(jsonl(path.join(folder, "rows.jsonl")))))
      assert.strictEqual(fs.readFileSync(card, "utf8"), "")
    })
  )
})

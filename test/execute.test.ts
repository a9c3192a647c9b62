import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type { BudgetCaps } from "../src/Budget.ts"
import { execute, RunFailed } from "../src/execute.ts"
import { into, type Plan, using } from "../src/Plan.ts"
import { Progress } from "../src/Progress.ts"
import { batch } from "../src/providers/batch.ts"
import { http } from "../src/providers/http.ts"
import { scripted } from "../src/providers/scripted.ts"
import { Prompt } from "../schemas/Prompt.ts"
import type { Run } from "../src/Run.ts"
import { memory } from "../src/sources/memory.ts"
import { dataset } from "../src/sinks/dataset.ts"
import { jsonl } from "../src/sinks/jsonl.ts"
import { ask } from "../src/stages/ask.ts"
import { branch } from "../src/stages/branch.ts"
import { filter } from "../src/stages/filter.ts"
import { generate } from "../src/stages/generate.ts"
import { faultServer } from "./faults/FaultServer.ts"
import { asObject } from "./faults/ServedModel.ts"
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

  it.live("execute refuses a table that cannot be asked for before the pipeline in front of it is paid", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const server = yield* faultServer()
      const options = { model: "m", baseUrl: server.baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" }
      const prices = { m: { inputPerMillion: 1, outputPerMillion: 1 } }
      const prompts = [{ id: "a", domain: null, prompt: "a", reference: null }]
      const asking = memory(prompts, Prompt).pipe(generate({ n: 1, maxTokens: 8 }))
      const answering = using(http({ ...options, prices, capabilities: ["seed"] }))
      const note = ask({
        as: "note",
        slots: { prompt: Schema.String },
        request: ({ prompt }) => prompt,
        model: "other"
      })
      const again = generate({ name: "again", n: 1, maxTokens: 8, alternatives: 2 })
      const problemOf = (plan: Plan<Run>) => {
        const run = { name: "table", out: path.join(folder, "out"), seed: 0, limit: null, fresh: false }
        return Effect.map(Effect.flip(execute(plan, { ...run, caps: { usd: 1 }, progress: new Progress() })), String)
      }
      const noting = asking.pipe(into(dataset({ derive: { notes: note } })), answering)
      assert.match(yield* problemOf(noting), /no price for model "other" of stage "notes\/ask"/)
      const repeating = asking.pipe(into(dataset({ derive: { more: again } })), answering)
      assert.match(
        yield* problemOf(repeating),
        /^RunFailed: Cannot run stage "more\/again": .* cannot do "topLogProbs"/
      )
      assert.strictEqual(server.requests, 0)
    })
  )

  it.live("execute refuses caps that are none before anything is read, asked or written", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out")
      const asked: Array<string> = []
      const plan = memory(rows, fields).pipe(
        filter({ needs: fields, reason: "none", keep: ({ id }) => asked.push(id) > 0 }),
        into(jsonl(path.join(out, "rows.jsonl")))
      )
      const run = (caps: BudgetCaps) =>
        execute(plan, { name: "capped", out, seed: 0, limit: null, fresh: false, caps, progress: new Progress() })
      const { message, resumable, stopped } = yield* Effect.flip(run({ usd: -1 }))
      assert.match(message, /^Cannot cap usd: found -1, expected US dollars, 0 or more/)
      assert.deepStrictEqual([resumable, stopped], [false, false])
      assert.match((yield* Effect.flip(run({ usd: 1, calls: 1.5 }))).message, /^Cannot cap calls: found 1.5, expected/)
      assert.deepStrictEqual(asked, [])
      assert.isFalse(fs.existsSync(out))
      yield* run({ usd: 1 })
      assert.lengthOf(asked, rows.length)
    })
  )

  it.live("execute tells of a damaged journal as such, and not as something to run again", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      let nAsked = 0
      const plan = memory(
        rows.map(({ id }) => ({ id, domain: null, prompt: id, reference: null })),
        Prompt
      ).pipe(
        generate({ n: 1, maxTokens: 8 }),
        into(jsonl(path.join(out, "rows.jsonl"))),
        using(scripted(() => `answer ${nAsked++}`))
      )
      const run = execute(plan, { name: "p", out, seed: 0, limit: null, fresh: false, progress: new Progress() })
      yield* run
      const journal = path.join(out, ".prefloom", "journal.sqlite")
      const damage = (table: string) => {
        const database = new DatabaseSync(journal)
        const { page_size } = database.prepare("PRAGMA page_size").get() as { readonly page_size: number }
        const { rootpage } = database
          .prepare("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ? AND rootpage > 0 ORDER BY type DESC")
          .get(table) as { readonly rootpage: number }
        database.close()
        const bytes = fs.readFileSync(journal)
        fs.writeFileSync(journal, bytes.fill(0x5a, (rootpage - 1) * page_size, rootpage * page_size))
      }
      const whole = fs.readFileSync(journal)
      for (const table of ["calls", "spent"]) {
        fs.writeFileSync(journal, whole)
        damage(table)
        const outcome = yield* Effect.exit(run)
        const problem = Exit.isFailure(outcome) ? Cause.squash(outcome.cause) : null
        assert.isTrue(problem instanceof RunFailed && !problem.resumable && !problem.stopped)
        assert.match(
          String(problem),
          /^RunFailed: Cannot use the journal ".*journal.sqlite": database disk image is malformed/
        )
      }
      assert.strictEqual(nAsked, rows.length)
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

  it.live("execute leaves the files of an earlier run as they are where no call of a kind was ever answered", () =>
    Effect.gen(function* () {
      const broken = new Set<unknown>()
      const server = yield* faultServer({
        keepBodies: true,
        plan: ({ body }) => (broken.has(asObject(body)["model"]) ? { kind: "answer", body: { choices: [] } } : null)
      })
      const prompts = ["a", "b"].map((prompt) => ({ id: prompt, domain: null, prompt, reference: null }))
      const generating = generate({ n: 1, maxTokens: 8 })
      const provider = http({
        model: "m",
        baseUrl: server.baseUrl,
        keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
        maxRetries: 0
      })
      const source = memory(prompts, Prompt).pipe(generating)
      const derive = { again: generate({ n: 1, maxTokens: 8, models: ["other"] }) }
      const main = "data/train-00000-of-00001.parquet"
      const sinks = [
        ["m", jsonl("rows.jsonl"), ["rows.jsonl"]],
        ["m", dataset(), [main]],
        ["other", dataset({ derive }), [main, "again/train-00000-of-00001.parquet"]]
      ] as const
      for (const [model, sink, names] of sinks) {
        const out = yield* temporaryFolder
        const run = execute(source.pipe(into(sink as ReturnType<typeof jsonl>), using(provider)), {
          name: "p",
          out,
          seed: 0,
          limit: null,
          fresh: true,
          progress: new Progress()
        })
        broken.clear()
        yield* run
        // What is published anew is another file, though its bytes be the same.
        const published = () => names.map((name) => fs.statSync(path.join(out, name)).ino)
        const good = published()
        broken.add(model)
        const { message } = yield* Effect.flip(run)
        assert.match(message, /no call of its kind was ever answered/)
        assert.deepStrictEqual(published(), good, names.join())
      }
    })
  )
})

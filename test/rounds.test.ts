import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Journal } from "../src/Journal.ts"
import * as Layer from "effect/Layer"
import { scripted } from "../src/providers/scripted.ts"
import { Provenance } from "../src/Provenance.ts"
import { rounds } from "../src/rounds.ts"
import { Run } from "../src/Run.ts"
import { LanguageModel } from "../src/services/LanguageModel.ts"
import { enrich } from "../src/Stage.ts"
import { filter } from "../src/stages/filter.ts"
import { generate } from "../src/stages/generate.ts"
import { pipelineOf, temporaryFolder } from "./stages/collect.ts"

const fields = { id: Schema.String, prompt: Schema.String }
const prompts = ["a", "b", "c"].map((id) => ({ id, prompt: `prompt ${id}` }))

/** Prints the model, with a prime and the number of rows it was trained on, and keeps a list of what it did. */
const trainer = `
const fs = require("node:fs")
const { PREFLOOM_MODEL, PREFLOOM_ROUND, PREFLOOM_ROWS, PREFLOOM_FOLDER } = process.env
const n = fs.readFileSync(PREFLOOM_ROWS, "utf8").trim().split("\\n").length
fs.appendFileSync(process.argv[1] + "/trained", PREFLOOM_ROUND + " " + PREFLOOM_MODEL + "\\n")
console.log("loss 0.3")
console.log(PREFLOOM_MODEL + "'" + n)
`

const train = (folder: string) => [process.execPath, "-e", trainer, folder] as const

const drop = filter({ needs: { id: Schema.String }, reason: "unwanted", keep: ({ id }) => id !== "b" })

const made = (folder: string, n: number) =>
  rounds({
    n,
    model: "m",
    train: train(folder),
    round: ({ history, model }) =>
      pipelineOf(prompts, fields).pipe(
        drop,
        generate({ n: 1, models: [model] }),
        enrich({
          name: "history",
          needs: {},
          gives: { history: Schema.String },
          rows: (rows) => rows.map(() => ({ history: history.join(",") }))
        })
      )
  })

/** Runs rounds in a folder that stays, on a script that fails from call `most` on. */
const run = (folder: string, n: number, calls: Array<string>, most = Number.POSITIVE_INFINITY, seed = 0) =>
  Effect.gen(function* () {
    const { findings, progress, provenance, rejects } = yield* Run
    const rows = (yield* Stream.runCollect(made(folder, n).batches)).flatMap((batch) => [...batch.rows])
    provenance!.flush()
    return { rows, rejects: [...rejects.entries()], progress, findings, noted: fs.readFileSync(noted(folder), "utf8") }
  }).pipe(
    Effect.provide(
      LanguageModel.layer(
        scripted(
          ({ messages, model }) => {
            if (calls.length >= most) return Effect.die(new Error("killed"))
            calls.push(`${model} ${messages[0]!.content}`)
            return `${model} says ${messages[0]!.content}`
          },
          { concurrency: 1 }
        )
      ).pipe(
        Layer.provideMerge(Journal.layer(path.join(folder, "journal.sqlite"), { fresh: false, retryFailures: false })),
        Layer.provideMerge(
          Layer.unwrap(Effect.sync(() => Run.layer({ folder, seed, provenance: new Provenance(noted(folder)) })))
        )
      )
    )
  )

const noted = (folder: string) => path.join(folder, "provenance.jsonl")

describe("rounds", () => {
  it.effect("rounds asks the model that training on the round before gave, and gives the rows of all rounds", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { progress, rejects, rows } = yield* run(folder, 3, [])
      assert.deepStrictEqual(
        rows.map(({ candidates, history, id, round }) => [round, id, candidates[0]!.model, history]),
        [
          [1, "a", "m", "m"],
          [1, "c", "m", "m"],
          [2, "a", "m'2", "m,m'2"],
          [2, "c", "m'2", "m,m'2"],
          [3, "a", "m'2'2", "m,m'2,m'2'2"],
          [3, "c", "m'2'2", "m,m'2,m'2'2"]
        ]
      )
      assert.strictEqual(fs.readFileSync(path.join(folder, "trained"), "utf8"), "1 m\n2 m'2\n")
      assert.deepStrictEqual(
        rejects.map(({ id, stage }) => [id, stage]),
        [1, 2, 3].map((round) => ["b", `round ${round}/filter`])
      )
      assert.strictEqual(progress.stage("round 2/filter").rowsIn, 3)
      assert.deepStrictEqual(fs.readdirSync(path.join(folder, "rounds")).toSorted(), ["1", "2", "3", "state.json"])
    })
  )

  it.effect(
    "rounds goes on in round 2 after it broke off there: nothing is paid or trained twice, and all is as if it had not",
    () =>
      Effect.gen(function* () {
        const whole = yield* temporaryFolder
        const broken = yield* temporaryFolder
        const expected = yield* run(whole, 3, [])
        const calls: Array<string> = []
        // Two calls in round 1, and the first of two in round 2.
        const exit = yield* Effect.exit(run(broken, 3, calls, 3))
        assert.strictEqual(exit._tag, "Failure")
        assert.deepStrictEqual(
          fs.readdirSync(path.join(broken, "rounds")).filter((name) => !name.startsWith(".")),
          ["1", "state.json"]
        )
        const resumed = yield* run(broken, 3, calls)
        assert.deepStrictEqual(resumed.rows, expected.rows)
        assert.deepStrictEqual(resumed.rejects, expected.rejects)
        // Also of the round that was finished before.
        assert.strictEqual(resumed.noted, expected.noted)
        for (const round of [1, 2, 3]) assert.include(resumed.noted, `{"stage":"round ${round}/generate"`)
        assert.deepStrictEqual(
          Object.fromEntries(resumed.progress.stages),
          Object.fromEntries(expected.progress.stages)
        )
        assert.strictEqual(new Set(calls).size, 6)
        assert.lengthOf(calls, 6)
        assert.strictEqual(fs.readFileSync(path.join(broken, "trained"), "utf8"), "1 m\n2 m'2\n")
        assert.deepStrictEqual(fs.readdirSync(path.join(broken, "rounds")).toSorted(), ["1", "2", "3", "state.json"])
        yield* run(broken, 3, calls)
        assert.lengthOf(calls, 6)
      })
  )

  it.effect("rounds makes more of them when it is told to later, and refuses what another seed made", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const calls: Array<string> = []
      yield* run(folder, 1, calls)
      const { rows } = yield* run(folder, 2, calls)
      assert.lengthOf(rows, 4)
      assert.lengthOf(calls, 4)
      const refused = yield* Effect.flip(run(folder, 2, calls, undefined, 1))
      assert.match(refused.message, /Cannot go on with round 1: found ".*" made by another pipeline, seed or model/)
      assert.lengthOf(calls, 4)
    })
  )

  it.effect("rounds names a training that fails or says nothing, and keeps the round", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const failing = (script: string) =>
        rounds({
          n: 2,
          model: "m",
          train: [process.execPath, "-e", script],
          round: () => pipelineOf(prompts, fields)
        }).batches.pipe(Stream.runDrain, Effect.provide(Run.layer({ folder })), Effect.flip)
      assert.match((yield* failing("process.exit(3)")).message, /Cannot train on round 1: found exit by code 3/)
      assert.match((yield* failing("")).message, /found no output/)
      assert.deepStrictEqual(fs.readdirSync(path.join(folder, "rounds")), ["1"])
    })
  )

  it.effect("rounds names a printed model with which the next round cannot be made, and takes another one then", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const name = path.join(folder, "name")
      const running = rounds({
        n: 3,
        model: "m",
        train: [
          process.execPath,
          "-p",
          `fs.readFileSync(${JSON.stringify(name)}, "utf8") + process.env.PREFLOOM_ROUND`
        ],
        round: ({ history }) => {
          if (history.includes("twice2") && history.includes("twice1")) throw new Error("found two of one kind")
          return pipelineOf(prompts, fields)
        }
      }).batches.pipe(Stream.runDrain, Effect.provide(Run.layer({ folder })))
      fs.writeFileSync(name, "twice")
      const { message } = yield* Effect.flip(running)
      assert.match(message, /Cannot make round 3: found the models m, twice1, twice2,.+\(found two of one kind\)/)
      fs.writeFileSync(name, "new")
      yield* running
      assert.deepStrictEqual(fs.readdirSync(path.join(folder, "rounds")).toSorted(), ["1", "2", "3", "state.json"])
    })
  )

  it("rounds refuses rounds that end in different columns before anything runs", () => {
    const make = () =>
      rounds({
        n: 2,
        model: "m",
        train: ["true"],
        round: ({ round }) =>
          pipelineOf(prompts, fields).pipe(
            enrich({
              name: "extra",
              needs: {},
              gives: { [round === 1 ? "x" : "y"]: Schema.Int } as { readonly x: typeof Schema.Int },
              rows: (rows) => rows.map(() => ({ x: 1 }))
            })
          )
      })
    assert.throws(make, /found the columns id, prompt, y in round 2, expected those of round 1/)
    assert.throws(
      () => rounds({ n: 0, model: "m", train: ["true"], round: () => pipelineOf(prompts, fields) }),
      /found n 0/
    )
  })

  it("rounds survives being killed while it trains and while it asks", { timeout: 60_000 }, () => {
    const root = path.join(import.meta.dirname, "..")
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-rounds-"))
    try {
      // The first training kills the run, and so does the fourth call; each once.
      const once = `const once = (name, act) => { const f = ${JSON.stringify(folder)} + "/" + name; if (!require("node:fs").existsSync(f)) { require("node:fs").writeFileSync(f, ""); act() } };`
      const script = `
        import { createRequire } from "node:module"
        import * as fs from "node:fs"
        import { execute, generate, into, memory, rounds, scripted, toJsonl, using } from ${JSON.stringify(path.join(root, "src/index.ts"))}
        import * as Schema from ${JSON.stringify(path.join(root, "node_modules/effect/dist/Schema.js"))}
        import * as Effect from ${JSON.stringify(path.join(root, "node_modules/effect/dist/Effect.js"))}
        const require = createRequire(import.meta.url)
        ${once}
        let calls = 0
        const provider = scripted(({ messages, model }) => {
          calls++
          if (model !== "m" && calls > 0) once("killed-asking", () => process.kill(process.pid, "SIGKILL"))
          fs.appendFileSync(${JSON.stringify(path.join(folder, "calls"))}, model + " " + messages[0].content + "\\n")
          return model + " on " + messages[0].content
        }, { concurrency: 1 })
        const fields = { id: Schema.String, prompt: Schema.String }
        const plan = rounds({
          n: 3,
          model: "m",
          train: [process.execPath, "-e", ${JSON.stringify(`${once} once("killed-training", () => { process.kill(process.ppid, "SIGKILL"); process.exit(1) }); console.log(process.env.PREFLOOM_MODEL + "'")`)}],
          round: ({ model }) => memory([{ id: "a", prompt: "A" }, { id: "b", prompt: "B" }], fields).pipe(generate({ n: 1, models: [model] }))
        }).pipe(into(toJsonl("rows.jsonl")), using(provider))
        await Effect.runPromise(execute(plan, { name: "r", out: ${JSON.stringify(path.join(folder, "out"))}, seed: 0, limit: null, fresh: false }))
      `
      const file = path.join(folder, "plan.ts")
      fs.writeFileSync(file, script)
      const attempt = () =>
        childProcess.spawnSync(process.execPath, ["--conditions=@prefloom/source", file], {
          cwd: root,
          encoding: "utf8"
        })
      assert.strictEqual(attempt().signal, "SIGKILL")
      assert.deepStrictEqual(fs.readdirSync(path.join(folder, "out/rounds")), ["1"])
      assert.strictEqual(attempt().signal, "SIGKILL")
      assert.isTrue(fs.existsSync(path.join(folder, "out/rounds/state.json")))
      assert.isFalse(fs.existsSync(path.join(folder, "out/rounds/2")))
      const { status, stderr } = attempt()
      assert.strictEqual(status, 0, stderr)
      const calls = fs.readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n")
      assert.deepStrictEqual(calls.toSorted(), ["m A", "m B", "m' A", "m' B", "m'' A", "m'' B"])
      assert.lengthOf(fs.readFileSync(path.join(folder, "out/rows.jsonl"), "utf8").trim().split("\n"), 6)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  })
})

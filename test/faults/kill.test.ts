import { assert, describe, it } from "@effect/vitest"
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import type { Outcome } from "../../src/execute.ts"
import { checksums, concurrency, killedRuns, nPrompts, samplesPerPrompt } from "./killedRuns.ts"

const root = path.resolve(import.meta.dirname, "../..")
const command = path.join(root, "src/cli/prefloom.js")

/** The quick start with slow answers, so that there is a middle to be killed in. */
const slowQuickstart = (folder: string): string => {
  const quickstart = fs.readFileSync(path.join(root, "pipelines/quickstart.ts"), "utf8")
  const slow = quickstart
    .replace("simulated()", "simulated({ latencyMs: 4, concurrency: 16 })")
    .replace('"data/prompts.jsonl"', JSON.stringify(path.join(root, "data/prompts.jsonl")))
  assert.notStrictEqual(slow, quickstart)
  const file = path.join(folder, "slow.ts")
  fs.writeFileSync(file, slow)
  return file
}

const argumentsOf = (pipeline: string, out: string) => [
  command,
  "run",
  pipeline,
  "--out",
  out,
  "--limit",
  "6",
  "--json"
]

const finish = async (pipeline: string, out: string): Promise<Outcome> => {
  const { stdout } = await promisify(execFile)(process.execPath, argumentsOf(pipeline, out))
  return JSON.parse(stdout) as Outcome
}

const journalSize = (out: string): number => {
  const file = path.join(out, ".prefloom/journal.sqlite")
  if (!fs.existsSync(file)) return 0
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    return (database.prepare("SELECT count(*) AS n FROM calls").get() as { readonly n: number }).n
  } catch {
    return 0
  } finally {
    database.close()
  }
}

const killWhen = async (pipeline: string, out: string, nAnswers: number): Promise<number> => {
  const child = spawn(process.execPath, argumentsOf(pipeline, out), { stdio: "ignore" })
  const exited = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_code, signal) => resolve(signal)))
  while (child.exitCode === null && journalSize(out) < nAnswers) await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill("SIGKILL")
  assert.strictEqual(await exited, "SIGKILL")
  return journalSize(out)
}

describe("a run that is killed", () => {
  it("goes on with the same bytes and asks nothing again", { timeout: 120_000 }, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-kill-"))
    try {
      const pipeline = slowQuickstart(folder)
      const whole = path.join(folder, "a", "whole")
      const untouched = await finish(pipeline, whole)
      const total = untouched.journalSize
      const expected = checksums(whole)
      assert.isAbove(Object.keys(expected).length, 4)

      const killed = path.join(folder, "b", "whole")
      for (const share of [0.02, 0.4, 0.9]) {
        const before = await killWhen(pipeline, killed, Math.ceil(share * total))
        assert.isBelow(before, total)
        assert.isFalse(fs.existsSync(path.join(killed, "manifest.json")))
      }
      const kept = journalSize(killed)
      const resumed = await finish(pipeline, killed)
      assert.strictEqual(resumed.journalSize, total)
      assert.strictEqual(resumed.spend["simulated"]!.answered, total - kept)
      assert.deepStrictEqual(checksums(killed), expected)

      const again = await finish(pipeline, killed)
      assert.strictEqual(again.spend["simulated"]!.answered, 0)
      assert.deepStrictEqual(checksums(killed), expected)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe("runs that are killed while a server answers", () => {
  it.live(
    "end with the same bytes, ask again only for what was in flight, and show their key to nobody",
    () =>
      Effect.gen(function* () {
        const runs = yield* killedRuns(4, 1)
        assert.isAtLeast(
          runs.reduce((sum, { kills }) => sum + kills, 0),
          3
        )
        for (const run of runs) {
          assert.isTrue(run.sameBytes)
          assert.strictEqual(run.unique, nPrompts * samplesPerPrompt)
          assert.strictEqual(run.requests, run.unique + run.inFlight)
          assert.isAtMost(run.mostInFlight, concurrency)
          assert.isAtLeast(run.lost, run.inFlight)
          assert.isFalse(run.leaksSecret)
        }
      }).pipe(Effect.scoped),
    180_000
  )
})

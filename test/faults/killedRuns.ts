import { execFile, spawn } from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { faultServerProcess } from "./faultServerProcess.ts"

const root = path.resolve(import.meta.dirname, "../..")
const command = path.join(root, "src/cli/prefloom.js")

export const nPrompts = 120
export const samplesPerPrompt = 3
export const concurrency = 32
/** What the runs show to the server as a key. */
export const secret = "sk-killed-7d1f0c52a9e84b36"

const pipelineText = (baseUrl: string, prompts: string) => `
import { generate, http, jsonl, openAICapabilities, Prompt, split, toParquet, into, using, enrich } from "prefloom"
import * as Schema from "effect/Schema"

const provider = http({
  model: "m",
  baseUrl: ${JSON.stringify(baseUrl)},
  keyVariable: "PREFLOOM_KILLED_KEY",
  endpointName: "killed",
  concurrency: ${concurrency},
  maxTokensField: "max_tokens",
  capabilities: openAICapabilities.filter((able) => able !== "samples")
})

export default jsonl(${JSON.stringify(prompts)}, Prompt).pipe(
  generate({ n: ${samplesPerPrompt}, maxTokens: 60 }),
  enrich({ name: "name prompts", needs: { id: Schema.String }, gives: { promptId: Schema.String }, rows: (rows) => rows.map(({ id }) => ({ promptId: id })) }),
  split({ test: 0.2 }),
  into(toParquet("data.parquet")),
  using(provider)
)
`

/** Checksums of everything a user reads, by path; not of the journal, which knows when it was asked. */
export const checksums = (out: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    filesIn(out)
      .filter((file) => !file.startsWith(".prefloom"))
      .map((file) => [file, crypto.hash("sha256", fs.readFileSync(path.join(out, file)))])
  )

/** All files below a folder, by their path from there. */
export const filesIn = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted()

/** Answers in a journal, and calls that a budget counts as open. */
const journalCounts = (out: string): { readonly answers: number; readonly open: number; readonly lost: number } => {
  const file = path.join(out, ".prefloom/journal.sqlite")
  if (!fs.existsSync(file)) return { answers: 0, open: 0, lost: 0 }
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    const count = (query: string) => (database.prepare(query).get() as { readonly n: number | null }).n ?? 0
    return {
      answers: count("SELECT count(*) AS n FROM calls"),
      open: count("SELECT sum(calls) AS n FROM openCalls"),
      lost: count("SELECT sum(lostCalls) AS n FROM spent")
    }
  } catch {
    // Killed before the tables were made.
    return { answers: 0, open: 0, lost: 0 }
  } finally {
    database.close()
  }
}

/** What one run that was killed and resumed came to. */
export interface KilledRun {
  readonly kills: number
  readonly sameBytes: boolean
  /** Requests the server received over all attempts. */
  readonly requests: number
  /** Different requests, each of which has to be asked once. */
  readonly unique: number
  /** Requests that had been received and not kept when the process was killed, over all kills. */
  readonly inFlight: number
  readonly mostInFlight: number
  /** Calls that the budget counts as sent without an answer. */
  readonly lost: number
  readonly leaksSecret: boolean
}

/** Kills `n` runs at random moments, once or twice each, and resumes them, each against a server that counts. */
export const killedRuns = (n: number, seed: number) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-killed-"))),
      (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
    )
    const prompts = path.join(folder, "prompts.jsonl")
    const lines = Array.from({ length: nPrompts }, (_, i) =>
      JSON.stringify({ id: `p${i}`, domain: null, prompt: `Question ${i}`, reference: null })
    )
    fs.writeFileSync(prompts, `${lines.join("\n")}\n`)
    const environment = { ...process.env, PREFLOOM_KILLED_KEY: secret }
    const argumentsOf = (pipeline: string, out: string) => [
      command,
      "run",
      pipeline,
      "--out",
      out,
      "--max-calls",
      "100000",
      "--log-calls",
      "--json"
    ]
    const finish = (pipeline: string, out: string) =>
      Effect.promise(() => promisify(execFile)(process.execPath, argumentsOf(pipeline, out), { env: environment }))
    const begin = Effect.fnUntraced(function* (name: string) {
      const server = yield* faultServerProcess({ latencyMs: 15 })
      const pipeline = path.join(folder, `${name}.ts`)
      fs.writeFileSync(pipeline, pipelineText(server.baseUrl, prompts))
      return { server, pipeline, out: path.join(folder, name, "out") }
    })

    const { expected, unique, wholeMs } = yield* Effect.scoped(
      Effect.gen(function* () {
        const { out, pipeline, server } = yield* begin("pipeline")
        const startedAt = performance.now()
        yield* finish(pipeline, out)
        const { requests } = yield* server.counts
        return { expected: checksums(out), unique: requests, wholeMs: performance.now() - startedAt }
      })
    )

    const kill = (pipeline: string, out: string, afterMs: number) =>
      Effect.promise(
        () =>
          new Promise<boolean>((resolve) => {
            const child = spawn(process.execPath, argumentsOf(pipeline, out), { stdio: "ignore", env: environment })
            const timer = setTimeout(() => child.kill("SIGKILL"), afterMs)
            child.on("exit", (_code, signal) => {
              clearTimeout(timer)
              resolve(signal === "SIGKILL")
            })
          })
      )

    const one = Effect.fnUntraced(function* (i: number) {
      const random = keyedRandom("kill", seed, i)
      // The pipeline's name stands in its report, so every run has the same one in a folder of its own.
      const server = yield* faultServerProcess({ latencyMs: 15 })
      const place = path.join(folder, `run-${i}`)
      fs.mkdirSync(place)
      const pipeline = path.join(place, "pipeline.ts")
      fs.writeFileSync(pipeline, pipelineText(server.baseUrl, prompts))
      const out = path.join(place, "out")
      let kills = 0
      let inFlight = 0
      let mostInFlight = 0
      for (let k = 0; k <= Math.floor(random() * 2); k++) {
        const before = { ...(yield* server.counts), ...journalCounts(out) }
        const wasKilled = yield* kill(pipeline, out, random() * wholeMs)
        if (!wasKilled) continue
        kills++
        // What was in flight reaches the server even now.
        yield* Effect.sleep(60)
        const after = { ...(yield* server.counts), ...journalCounts(out) }
        const lost = after.requests - before.requests - (after.answers - before.answers)
        inFlight += lost
        mostInFlight = Math.max(mostInFlight, lost)
      }
      yield* finish(pipeline, out)
      const { requests } = yield* server.counts
      const { lost } = journalCounts(out)
      const leaksSecret = filesIn(out).some((file) => fs.readFileSync(path.join(out, file)).includes(secret))
      const sameBytes = JSON.stringify(checksums(out)) === JSON.stringify(expected)
      fs.rmSync(place, { recursive: true, force: true })
      return { kills, sameBytes, requests, unique, inFlight, mostInFlight, lost, leaksSecret } satisfies KilledRun
    }, Effect.scoped)

    return yield* Effect.forEach(
      Array.from({ length: n }, (_, i) => i),
      one
    )
  })

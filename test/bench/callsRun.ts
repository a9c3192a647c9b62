import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import OpenAI from "openai"
import { Pool } from "undici"
import { keepHeapSmall } from "../../src/cli/keepHeapSmall.ts"
import { Journal } from "../../src/Journal.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { generate } from "../../src/stages/generate.ts"

/**
 * One measured run of calls, in a process of its own: `node callsRun.ts <port> <openai|http> <bare|stage> <concurrency> <calls>`.
 *
 * "bare" is a loop over the client alone, "stage" the whole `generate` stage with journal and budget. Prints one JSON object:
 * seconds and CPU seconds, both without start-up and a warm-up of a tenth of the calls.
 */
const [port = "", provider = "", mode = "", concurrency = "", calls = ""] = process.argv.slice(2)
const baseUrl = `http://127.0.0.1:${port}/v1`
const nLanes = Number(concurrency)
const padding = "and some words that make it about as long as prompts are ".repeat(9)
const promptOf = (i: number) => `Question ${i} ${padding}`
const bodyOf = (i: number) => ({
  model: "bench",
  messages: [{ role: "user" as const, content: promptOf(i) }],
  temperature: 1,
  max_tokens: 200,
  seed: 0
})

const bareOf = async (): Promise<(i: number) => Promise<unknown>> => {
  if (provider === "openai") {
    const client = new OpenAI({ apiKey: "none", baseURL: baseUrl, maxRetries: 0 })
    return (i) => client.chat.completions.create(bodyOf(i))
  }
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: nLanes, pipelining: 1 })
  const headers = { "content-type": "application/json" }
  return async (i) => {
    const { body } = await pool.request({
      method: "POST",
      path: "/v1/chat/completions",
      headers,
      body: JSON.stringify(bodyOf(i))
    })
    return body.json()
  }
}

const runBare = async (n: number) => {
  const ask = await bareOf()
  return async (from: number) => {
    let next = from
    const lane = async () => {
      while (next < from + n) await ask(next++)
    }
    await Promise.all(Array.from({ length: nLanes }, lane))
  }
}

const fields = { id: Schema.String, prompt: Schema.String }
const step = { key: "bench", kind: "source", needs: {}, gives: fields, config: {} } as const

function* batches(from: number, n: number) {
  for (let at = 0; at < n; at += 500) {
    const rows = Array.from({ length: Math.min(500, n - at) }, (_, i) => ({
      id: `row-${from + at + i}`,
      prompt: promptOf(from + at + i)
    }))
    yield { index: at / 500, rows }
  }
}

const runStage = (from: number, n: number) =>
  Stream.runDrain(
    Pipeline.make(
      [step],
      fields,
      Stream.suspend(() => Stream.fromIterable(batches(from, n), { chunkSize: 1 }))
    ).pipe(generate({ n: 1, maxTokens: 200 })).batches
  )

const measured = async (run: () => Promise<unknown>) => {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run()
  const { system, user } = process.cpuUsage(cpu)
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (system + user) / 1e6 }
}

const n = Number(calls)
const nWarm = Math.ceil(n / 10)
if (mode === "bare") {
  await (
    await runBare(nWarm)
  )(0)
  const run = await runBare(n)
  process.stdout.write(`${JSON.stringify(await measured(() => run(nWarm)))}\n`)
  process.exit(0)
} else {
  keepHeapSmall()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
  const source = { openai, http }[provider as "openai" | "http"]({
    model: "bench",
    baseUrl,
    concurrency: nLanes,
    maxTokensField: "max_tokens"
  })
  const services = LanguageModel.layer(source).pipe(
    Layer.provideMerge(Journal.layer(path.join(folder, "journal.sqlite"))),
    Layer.provideMerge(Run.layer({ folder, caps: { calls: 1e9 }, rowsUnderWay: 2 * nLanes }))
  )
  const result = await Effect.runPromise(
    Effect.gen(function* () {
      yield* runStage(0, nWarm)
      const context = yield* Effect.context<LanguageModel | Journal | Run>()
      return yield* Effect.promise(() =>
        measured(() => Effect.runPromise(Effect.provideContext(runStage(nWarm, n), context)))
      )
    }).pipe(Effect.provide(services))
  )
  fs.rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

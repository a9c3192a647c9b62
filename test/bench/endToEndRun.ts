import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { keepHeapSmall } from "../../src/cli/keepHeapSmall.ts"
import { Journal } from "../../src/Journal.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { openai } from "../../src/providers/openai.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { generate } from "../../src/stages/generate.ts"

/**
 * One measured run, in a process of its own: one call a row through the journal, then the same again from the journal.
 *
 * `node endToEndRun.ts <port> <rows>` prints one JSON object.
 */
// As `prefloom run` does.
keepHeapSmall()

const [port = "", rows = ""] = process.argv.slice(2)
const nRows = Number(rows)
const fields = { id: Schema.String, prompt: Schema.String }
const padding = "and some words that make it about as long as prompts are ".repeat(9)

function* batches() {
  for (let from = 0; from < nRows; from += 500) {
    const size = Math.min(500, nRows - from)
    yield {
      index: from / 500,
      rows: Array.from({ length: size }, (_, i) => ({
        id: `row-${from + i}`,
        prompt: `Question ${from + i} ${padding}`
      }))
    }
  }
}

const step = { key: "bench", kind: "source", needs: {}, gives: fields, config: {} } as const
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))

const timed = async () => {
  const pipeline = Pipeline.make(
    [step],
    fields,
    Stream.suspend(() => Stream.fromIterable(batches(), { chunkSize: 1 }))
  ).pipe(generate({ n: 1 }))
  const services = LanguageModel.layer(
    openai({ model: "bench", baseUrl: `http://127.0.0.1:${port}/v1`, concurrency: 100 })
  ).pipe(
    Layer.provideMerge(Journal.layer(path.join(folder, "journal.sqlite"))),
    Layer.provideMerge(Run.layer({ folder }))
  )
  let nOut = 0
  const startedAt = performance.now()
  await Effect.runPromise(
    Stream.runForEach(pipeline.batches, (batch) =>
      Effect.sync(() => {
        nOut += batch.rows.length
      })
    ).pipe(Effect.provide(services))
  )
  if (nOut !== nRows) throw new Error(`found ${nOut} rows, expected ${nRows}`)
  return (performance.now() - startedAt) / 1000
}

const seconds = await timed()
const peakMb = process.resourceUsage().maxRSS / 1024
const replaySeconds = await timed()
fs.rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ seconds, peakMb, replaySeconds })}\n`)

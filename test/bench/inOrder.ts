import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { inOrder } from "../../src/inOrder.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import type { Measurement } from "./main.ts"

const concurrency = 64
const ahead = 32 * concurrency
const nRows = 60_000
const batchSize = 512
const nSamples = 3
const target = 0.95

/** Waits on a timer of Node and gives the milliseconds that it took. */
const wait = (ms: number) =>
  Effect.callback<number>((resume) => {
    const start = performance.now()
    setTimeout(() => resume(Effect.succeed(performance.now() - start)), ms)
  })

const sample = async (random: () => number) => {
  const latencies = Array.from({ length: nRows }, () => Math.round(5 * Math.exp(normal(random) - 0.5)))
  const batches = Stream.fromIterable(
    Array.from({ length: Math.ceil(nRows / batchSize) }, (_, index) => ({
      index,
      rows: latencies.slice(index * batchSize, (index + 1) * batchSize)
    })),
    { chunkSize: 1 }
  )
  let waitedMs = 0
  const start = performance.now()
  await Effect.runPromise(
    Stream.runForEach(inOrder(batches, wait, { concurrency, ahead }), (results) =>
      Effect.sync(() => {
        for (const ms of results) waitedMs += ms
      })
    )
  )
  const wallMs = performance.now() - start
  return { share: waitedMs / concurrency / wallMs, rowsPerSecond: (1000 * nRows) / wallMs, meanMs: waitedMs / nRows }
}

/**
 * Measures the share of the ideal throughput that `inOrder` reaches with calls of uneven length: timers of log-normal length,
 * sigma 1, mean 5 ms, 64 at a time.
 *
 * Ideal is the time that all timers took, as measured, divided by 64: every lane busy from the first row to the last. Median of
 * three samples.
 */
export const inOrderBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const random = keyedRandom("inOrderBench")
  const samples: Array<Awaited<ReturnType<typeof sample>>> = []
  for (let i = 0; i < nSamples; i++) samples.push(await sample(random))
  const middle = samples.toSorted((a, b) => a.share - b.share)[Math.floor(nSamples / 2)]!
  return [
    {
      name: "inOrder, log-normal latencies",
      value: middle.share,
      unit: "share of ideal",
      target,
      better: "higher",
      met: middle.share >= target,
      detail:
        `${samples.map((one) => one.share.toFixed(3)).join(", ")}; ${concurrency} lanes, ${nRows} rows, ` +
        `mean ${middle.meanMs.toFixed(1)} ms, ${middle.rowsPerSecond.toFixed(0)} rows/s`
    }
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const one of await inOrderBench()) process.stdout.write(`${JSON.stringify(one)}\n`)
}

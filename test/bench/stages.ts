import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "../../src/Batch.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { Run } from "../../src/Run.ts"
import { enrich } from "../../src/Stage.ts"
import type { Measurement } from "./main.ts"

const nRows = 1_000_000
const nSamples = 5
const target = 300_000

const fields = { id: Schema.String, prompt: Schema.String, score: Schema.Finite }

const measured = enrich({
  name: "measured",
  needs: { prompt: Schema.String },
  gives: { nUnits: Schema.Int },
  rows: (rows) => rows.map(({ prompt }) => ({ nUnits: prompt.length }))
})

const scaled = enrich({
  name: "scaled",
  needs: { score: Schema.Finite },
  gives: { score: Schema.Finite },
  rows: (rows) => rows.map(({ score }) => ({ score: score / 10 }))
})

const judged = enrich({
  name: "judged",
  needs: { score: Schema.Finite, nUnits: Schema.Int },
  gives: { verdict: Schema.Literals(["short", "good", "poor"]) },
  rows: (rows) =>
    rows.map(({ score, nUnits }) => ({ verdict: nUnits < 10 ? "short" : score > 0.5 ? "good" : "poor" }) as const)
})

const weighted = enrich({
  name: "weighted",
  needs: { verdict: Schema.String, score: Schema.Finite },
  gives: { weight: Schema.Finite },
  rows: (rows) => rows.map(({ verdict, score }) => ({ weight: verdict === "good" ? score : 0 }))
})

/** A million rows that are made while they are read, and the four stages behind them. */
const pipeline = () => {
  const batches = Stream.fromIterable(
    (function* () {
      for (let start = 0, index = 0; start < nRows; start += Batch.defaultSize, index++) {
        const rows = Array.from({ length: Math.min(Batch.defaultSize, nRows - start) }, (_, i) => ({
          id: `row-${start + i}`,
          prompt: "What is the capital of France?",
          score: (start + i) % 11
        }))
        yield { index, rows }
      }
    })(),
    { chunkSize: 1 }
  )
  const source = Pipeline.make([{ key: "rows", kind: "source", needs: {}, gives: fields, config: {} }], fields, batches)
  return { source, staged: source.pipe(measured, scaled, judged, weighted) }
}

const drain = async (
  batches: (parts: ReturnType<typeof pipeline>) => Stream.Stream<Batch.Batch<unknown>, never, Run>
) => {
  const start = performance.now()
  let n = 0
  await Effect.runPromise(
    Stream.runForEach(batches(pipeline()), (batch) =>
      Effect.sync(() => {
        n += batch.rows.length
      })
    ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
  )
  if (n !== nRows) throw new Error(`Cannot measure the stages: found ${n} rows, expected ${nRows}`)
  return (performance.now() - start) / 1000
}

/** Measures rows a second through four `enrich` stages: a million rows, median of five runs after one to warm up. */
export const stagesBench = async (): Promise<ReadonlyArray<Measurement>> => {
  await drain(({ staged }) => staged.batches)
  const seconds: Array<number> = []
  for (let i = 0; i < nSamples; i++) seconds.push(await drain(({ staged }) => staged.batches))
  const alone = await drain(({ source }) => source.batches)
  const median = seconds.toSorted((a, b) => a - b)[Math.floor(nSamples / 2)]!
  const value = nRows / median
  return [
    {
      name: "four enrich stages",
      value,
      unit: "rows/s",
      target,
      better: "higher",
      met: value >= target,
      detail: `${nRows} rows in ${seconds.map((one) => one.toFixed(2)).join(", ")} s, ${alone.toFixed(2)} s without the stages`
    }
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const one of await stagesBench()) process.stdout.write(`${JSON.stringify(one)}\n`)
}

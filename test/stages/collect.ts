import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Batch } from "../../src/Batch.ts"
import type { BudgetCaps } from "../../src/Budget.ts"
import { Journal } from "../../src/Journal.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { Run } from "../../src/Run.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { ProviderSource } from "../../src/services/Provider.ts"
import type { RowOf } from "../../src/Stage.ts"

/** A pipeline of these very rows, not copied, in batches of a size. */
export const pipelineOf = <const F extends Schema.Struct.Fields>(
  rows: ReadonlyArray<RowOf<F>>,
  fields: F,
  batchSize = 512
): Pipeline.Pipeline<RowOf<F>> => {
  const batches: Array<Batch<RowOf<F>>> = []
  for (let from = 0; from < rows.length; from += batchSize) {
    batches.push({ index: batches.length, rows: rows.slice(from, from + batchSize) })
  }
  const source = { key: "rows", kind: "source", needs: {}, gives: fields, config: {} } as const
  return Pipeline.make([source], fields, Stream.fromIterable(batches))
}

export interface CollectOptions {
  /** Default: a script that fails the test when it is asked. */
  readonly provider?: ProviderSource
  readonly seed?: number
  /** Default: in memory. */
  readonly journal?: string
  /** Leaves earlier answers in the journal aside. */
  readonly fresh?: boolean
  /** Asks again for what failed before. */
  readonly retryFailures?: boolean
  readonly caps?: BudgetCaps
  /** Stands in for the journal. */
  readonly journalService?: Journal["Service"]
}

const silent = scripted(() => {
  throw new Error("Cannot run the test: found a call to a model, expected none")
})

/** Everything a run needs, in a fresh temporary folder. */
export const services = (options: CollectOptions = {}) =>
  LanguageModel.layer(options.provider ?? silent).pipe(
    Layer.provideMerge(
      options.journalService === undefined
        ? Journal.layer(options.journal ?? ":memory:", {
            fresh: options.fresh ?? false,
            retryFailures: options.retryFailures ?? false
          })
        : Layer.succeed(Journal, options.journalService)
    ),
    Layer.provideMerge(Run.layerTemporary({ seed: options.seed ?? 0, caps: options.caps ?? {} }))
  )

/** Runs a pipeline to its end and returns what came out of it. */
export const collect = <Row, E>(
  pipeline: Pipeline.Pipeline<Row, E, Run | LanguageModel | Journal>,
  options: CollectOptions = {}
) =>
  Effect.gen(function* () {
    const run = yield* Run
    const batches = yield* Stream.runCollect(pipeline.batches)
    return {
      rows: batches.flatMap((batch) => batch.rows),
      rejects: [...run.rejects.entries()],
      findings: new Map(run.findings.entries()),
      progress: run.progress
    }
  }).pipe(Effect.provide(services(options)))

/** A folder that is removed with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-test-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

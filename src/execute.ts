import * as fs from "node:fs"
import * as path from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { capabilityProblems } from "./capabilityProblems.ts"
import { Journal, type JournalError } from "./Journal.ts"
import type { Manifest } from "./Manifest.ts"
import type { Plan } from "./Plan.ts"
import type { ModelCounts, Progress } from "./Progress.ts"
import { writeTraces } from "./report/writeTraces.ts"
import { Run } from "./Run.ts"
import { LanguageModel, type Provider } from "./services/LanguageModel.ts"

/** What a finished run leaves behind: absolute paths, the manifest, what was spent and how many answers the journal holds. */
export interface Outcome {
  readonly out: string
  readonly manifest: Manifest
  readonly spend: Readonly<Record<string, ModelCounts>>
  readonly journalSize: number
  readonly report: string | null
}

/** A run ended early. With `resumable` the same command goes on where it stopped, and no answered call is paid again. */
export class RunFailed extends Schema.TaggedError<RunFailed>()("RunFailed", {
  problem: Schema.String,
  resumable: Schema.Boolean
}) {
  override get message(): string {
    return this.problem
  }
}

/** How to run a plan: where to, under which name and seed, and how much of it. */
export interface ExecuteOptions {
  /** The pipeline's name in the manifest and in titles. */
  readonly name: string
  /** The output folder; made when absent. */
  readonly out: string
  readonly seed: number
  /** Takes only the first rows of the source; null takes all. */
  readonly limit: number | null
  /** Asks everything again; earlier answers stay in the journal until they are replaced. */
  readonly fresh: boolean
  readonly progress: Progress
}

/**
 * Runs a plan into a folder: data files by its sink, and beside them `rejects.parquet`, `manifest.json`, `report.html` and,
 * for a data set, the card `README.md`.
 *
 * Running it again resumes: answered calls come from the journal in `.prefloom/`. Equal plans, inputs, seeds and answers give
 * equal bytes. Fails with `RunFailed`, whose message names the thing and the remedy.
 */
export const execute = (plan: Plan<Run>, options: ExecuteOptions): Effect.Effect<Outcome, RunFailed> => {
  const folder = path.resolve(options.out)
  const { seed, limit, progress } = options
  return runInside(plan, options, folder).pipe(
    Effect.provide(Run.layer({ folder, seed, limit, progress })),
    Effect.scoped,
    Effect.catchCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.fail(failureOf(cause))))
  )
}

const failureOf = (cause: Cause.Cause<unknown>): RunFailed => {
  const problem = Cause.squash(cause)
  if (problem instanceof RunFailed) return problem
  const message = problem instanceof Error ? problem.message : String(problem)
  if (Cause.hasFails(cause)) return new RunFailed({ problem: message, resumable: true })
  const { code, path: file } = problem as NodeJS.ErrnoException
  if (code !== undefined && file !== undefined) {
    return new RunFailed({
      problem: `Cannot use "${file}": ${message}; check that the folder exists, can be written and has room`,
      resumable: true
    })
  }
  const trace = problem instanceof Error ? (problem.stack ?? message) : message
  return new RunFailed({ problem: `This is a defect in a stage or in Prefloom: ${trace}`, resumable: false })
}

const runInside = Effect.fnUntraced(function* (plan: Plan<Run>, options: ExecuteOptions, folder: string) {
  const run = yield* Run
  for (const step of plan.steps) {
    run.rejects.declare(step.key)
    run.progress.stage(step.key)
  }
  const provider = yield* startProvider(plan)
  const journal = Journal.layer(path.join(folder, ".prefloom", "journal.sqlite"), { fresh: options.fresh })
  // Without a provider no stage asks one: `startProvider` has looked.
  const services =
    provider === null
      ? (journal as Layer.Layer<Journal | LanguageModel, JournalError>)
      : LanguageModel.layer(Effect.succeed(provider)).pipe(Layer.provideMerge(journal))
  const write = plan.write as Effect.Effect<unknown, unknown, Run | LanguageModel>
  yield* Effect.sync(() => fs.rmSync(path.join(folder, "manifest.json"), { force: true }))
  const { result, journalSize } = yield* Effect.gen(function* () {
    const written = yield* write
    return { result: written, journalSize: (yield* Journal).size() }
  }).pipe(Effect.provide(services))
  const { manifest, report } = yield* writeTraces({ ...options, ...plan, folder, provider, result })
  return { out: folder, manifest, spend: Object.fromEntries(run.progress.models), journalSize, report }
})

const startProvider = Effect.fnUntraced(function* (
  plan: Plan<Run>
): Effect.fn.Return<Provider | null, unknown, Scope.Scope> {
  const provider = plan.provider === null ? null : yield* plan.provider
  const [problem] = capabilityProblems(plan, provider)
  if (problem !== undefined) return yield* new RunFailed({ problem, resumable: false })
  return provider
})

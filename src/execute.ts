import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { Budget, type BudgetCaps, capsProblem } from "./Budget.ts"
import { capabilityProblems } from "./capabilityProblems.ts"
import { Control } from "./Control.ts"
import { Journal, JournalError } from "./Journal.ts"
import type { Manifest } from "./Manifest.ts"
import type { Plan } from "./Plan.ts"
import type { ModelCounts, Progress } from "./Progress.ts"
import { fileProblem } from "./fileProblem.ts"
import { foreignFile } from "./OwnFiles.ts"
import { Provenance } from "./Provenance.ts"
import { replacedFiles } from "./replacedFiles.ts"
import { replacedInput } from "./replacedInput.ts"
import { foreignCard } from "./report/foreignCard.ts"
import { writeTraces } from "./report/writeTraces.ts"
import { type CallRecord, Run } from "./Run.ts"
import { lockRun, RunLocked } from "./RunLock.ts"
import type { Spent } from "./Spending.ts"
import { priceProblem } from "./services/priceProblem.ts"
import { LanguageModelError } from "./services/LanguageModelError.ts"
import { LanguageModel } from "./services/LanguageModel.ts"
import type { Provider } from "./services/Provider.ts"

/** What a finished run leaves behind: absolute paths, the manifest, what was spent and how many answers the journal holds. */
export interface Outcome {
  readonly out: string
  readonly manifest: Manifest
  readonly spend: Readonly<Record<string, ModelCounts>>
  /** What all runs into the folder have spent, by model. */
  readonly spent: Readonly<Record<string, Spent>>
  readonly journalSize: number
  /** Which caps the runs into the folder have passed since the last fresh one, in words; empty as long as no call takes more than was set aside for it. */
  readonly passedCaps: ReadonlyArray<string>
  readonly report: string | null
}

/**
 * A run ended early. With `resumable` the same command goes on where it stopped, and no answered call is paid again; `stopped`
 * tells that nothing went wrong: a budget is used up, or somebody asked it to stop.
 */
export class RunFailed extends Schema.TaggedError<RunFailed>()("RunFailed", {
  problem: Schema.String,
  resumable: Schema.Boolean,
  stopped: Schema.Boolean
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
  /** Asks again what brought no usable answer before; everything else comes from the journal. Default false. */
  readonly retryRejects?: boolean
  /** The journal file. Default: one inside the output folder. A file that several runs share saves calls they have in common. */
  readonly journal?: string
  /** The most that this and earlier runs into the folder may spend together; goes before what the plan says. */
  readonly caps?: BudgetCaps
  readonly progress: Progress
  /** Levers to pause, slow down and stop the run. */
  readonly control?: Control
  /** Gets every try of a call. */
  readonly log?: ((record: CallRecord) => void) | null
}

/**
 * Runs a plan into a folder: data files by its sink, and beside them `rejects.parquet`, `manifest.json`, `report.html` and,
 * for a data set, the card `README.md` with its pictures, and `croissant.json`. What made each row is in `.prefloom/provenance.jsonl`.
 *
 * Running it again resumes: answered calls come from the journal in `.prefloom/`. Equal plans, inputs, seeds and answers give
 * equal bytes. Fails with `RunFailed`, whose message names the thing and the remedy; before anything is read or asked where a
 * cap is none, where results would replace a file that a source names or that nothing of Prefloom left in the folder, or where the folder has a
 * `README.md` that is not as Prefloom wrote it and the card would replace it.
 */
export const execute = (plan: Plan<Run>, options: ExecuteOptions): Effect.Effect<Outcome, RunFailed> => {
  const folder = path.resolve(options.out)
  const { control = new Control(), limit, log = null, progress, seed } = options
  const caps = { ...plan.caps, ...options.caps }
  return Effect.gen(function* () {
    const problem = capsProblem(caps) ?? journalProblem(options.journal)
    if (problem !== null) return yield* new RunFailed({ problem, resumable: false, stopped: false })
    yield* checkFolder(plan, options.out)
    yield* lockRun(folder)
    const opened = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const provider = yield* Scope.provide(startProvider(plan, caps), opened)
    const rowsUnderWay = rowsFor(provider)
    // Where only some rows are wanted, those beyond the last one are paid for nothing.
    const rowsAhead = plan.steps.some(({ most }) => most !== undefined) ? rowsUnderWay : null
    const provenance = yield* Effect.sync(() => new Provenance(path.join(folder, ".prefloom", "provenance.jsonl")))
    const started = provider && { provider, close: Scope.close(opened, Exit.void) }
    return yield* Effect.raceFirst(runInside(plan, options, folder, started), endWhenStopped(control)).pipe(
      Effect.provide(
        Run.layer({ folder, seed, limit, progress, caps, control, log, rowsUnderWay, rowsAhead, provenance })
      )
    )
  }).pipe(
    Effect.scoped,
    Effect.catchCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.fail(failureOf(cause))))
  )
}

/** Fails where results would replace what the plan reads, what somebody else left in the folder, or a card that somebody wrote or changed. */
const checkFolder = (plan: Plan<Run>, out: string): Effect.Effect<void, RunFailed> =>
  Effect.suspend(() => {
    const cannot = (found: string, wanted: string) => {
      const problem = `Cannot run in "${out}": found ${found}, expected ${wanted}`
      return Effect.fail(new RunFailed({ problem, resumable: false, stopped: false }))
    }
    const card = plan.sink.name === "dataset" ? foreignCard(out) : null
    if (card !== null) return cannot(card, "none, or its own; move it away, or choose another folder")
    const input = replacedInput(plan, path.resolve(out))
    if (input !== null) {
      const wanted = "its data elsewhere: the results would replace it; choose another folder or name for them"
      return cannot(`"${input}", which this pipeline reads`, wanted)
    }
    const foreign = foreignFile(out, replacedFiles(plan.sink, out))
    const wanted = "none, or its own: it would be replaced; move it away, or choose another folder"
    return foreign === null ? Effect.void : cannot(foreign, wanted)
  })

/** Twice the calls that may be in flight: while an answer is being written down, its lane is free for the next row. */
const rowsFor = (provider: Provider | null): number | null =>
  provider === null
    ? null
    : (provider.rowsUnderWay ?? 2 * provider.routes.reduce((sum, { limits }) => sum + limits.concurrency, 0))

/** Fails when the run was asked to stop and the last call in flight is home. */
const endWhenStopped = (control: Control): Effect.Effect<never, RunFailed> =>
  Effect.callback((resume) => {
    const look = () => {
      if (control.stopReason === null || control.busy > 0) return
      resume(Effect.fail(new RunFailed({ problem: control.stopReason, resumable: true, stopped: true })))
    }
    const end = control.onChange(look)
    look()
    return Effect.sync(end)
  })

const failureOf = (cause: Cause.Cause<unknown>): RunFailed => {
  const problem = Cause.squash(cause)
  if (problem instanceof RunFailed) return problem
  const message = problem instanceof Error ? problem.message : String(problem)
  const stopped = problem instanceof LanguageModelError && problem.reason === "budget"
  if (problem instanceof RunLocked) return new RunFailed({ problem: message, resumable: false, stopped: false })
  if (problem instanceof JournalError) {
    return new RunFailed({ problem: message, resumable: problem.isDamaged !== true, stopped: false })
  }
  if (Cause.hasFails(cause)) return new RunFailed({ problem: message, resumable: true, stopped })
  const ofFile = fileProblem(problem)
  if (ofFile !== null) return new RunFailed({ problem: ofFile, resumable: true, stopped: false })
  const trace = problem instanceof Error ? (problem.stack ?? message) : message
  return new RunFailed({
    problem: `This is a defect in a stage or in Prefloom: ${trace}`,
    resumable: false,
    stopped: false
  })
}

/** A provider, and how it is closed: before the journal, in which it may still write something down. */
interface Started {
  readonly provider: Provider
  readonly close: Effect.Effect<void>
}

const runInside = Effect.fnUntraced(function* (
  plan: Plan<Run>,
  options: ExecuteOptions,
  folder: string,
  started: Started | null
) {
  const run = yield* Run
  for (const step of plan.steps) {
    run.rejects.declare(step.key)
    run.progress.stage(step.key)
  }
  const journal = Journal.layer(path.resolve(options.journal ?? path.join(folder, ".prefloom", "journal.sqlite")), {
    fresh: options.fresh,
    retryFailures: options.retryRejects ?? false,
    run: runIdOf(folder),
    pipeline: options.name
  })
  const write = plan.write as Effect.Effect<unknown, unknown, Run | Journal | LanguageModel>
  // Without a provider no stage asks one: `startProvider` has looked.
  const asking =
    started === null
      ? (write as Effect.Effect<unknown, unknown, Run | Journal>)
      : Effect.provide(
          write,
          LanguageModel.layer(Effect.acquireRelease(Effect.succeed(started.provider), () => started.close))
        )
  const { result, journalSize, passedCaps, spent } = yield* Effect.gen(function* () {
    // Not before the journal is open: without one a run changes nothing.
    yield* Effect.sync(() => run.own?.begin())
    const written = yield* asking
    const kept = yield* Journal
    return {
      result: written,
      journalSize: kept.size(),
      spent: Object.fromEntries(kept.spentInAll()),
      passedCaps: new Budget(run.caps, kept.spent()).passed
    }
  }).pipe(Effect.provide(journal))
  yield* Effect.sync(() => {
    run.provenance?.flush()
    // A sink of somebody's own may have written without noting it.
    const { path: file } = (plan.sink.config ?? {}) as { readonly path?: unknown }
    if (typeof file === "string") run.own?.add(path.resolve(folder, file))
  })
  const { manifest, report } = yield* writeTraces({
    ...options,
    ...plan,
    folder,
    provider: started?.provider ?? null,
    result,
    spent
  })
  return {
    out: folder,
    manifest,
    spend: Object.fromEntries(run.progress.models),
    spent,
    journalSize,
    passedCaps,
    report
  }
})

const startProvider = Effect.fnUntraced(function* (
  plan: Plan<Run>,
  caps: BudgetCaps
): Effect.fn.Return<Provider | null, unknown, Scope.Scope> {
  const provider = plan.provider === null ? null : yield* plan.provider
  const [lacking] = capabilityProblems(plan, provider)
  const problem = lacking ?? (provider === null ? null : priceProblem([...plan.steps, ...plan.derived], provider, caps))
  if (problem !== null) return yield* new RunFailed({ problem, resumable: false, stopped: false })
  return provider
})

const journalProblem = (journal: string | undefined): string | null =>
  journal?.trim() === ""
    ? "Cannot keep answers: found a journal without a name, expected a file; name one, or leave it out for the folder's own"
    : null

/** The name of the run in a journal that several runs may share; made up once for each folder. */
const runIdOf = (folder: string): string => {
  const file = path.join(folder, ".prefloom", "run-id")
  if (!fs.existsSync(file)) fs.writeFileSync(file, crypto.randomUUID())
  return fs.readFileSync(file, "utf8")
}

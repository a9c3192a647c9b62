import * as path from "node:path"
import * as Argument from "effect/cli/Argument"
import { booleanFlag } from "./booleanFlag.ts"
import { usageError } from "./usageError.ts"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type BudgetCaps, capRules } from "../Budget.ts"
import { Control } from "../Control.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { makeFolder } from "./makeFolder.ts"
import { printable } from "./printable.ts"
import type { RunOutline } from "./RunOutline.ts"
import { printJson, printNotice, printResult } from "./StandardOutput.ts"

const cap = (unit: keyof typeof capRules, metavar: string, what: string) =>
  Flag.Finite(`max-${unit}`).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(`Stop before it comes to more than ${metavar} ${what}`),
    Flag.filter(
      (amount) => capRules[unit].isRight(amount),
      () => capRules[unit].expected
    ),
    Flag.optional
  )

/** `prefloom run`: runs the default export of a pipeline file. */
export const run = Command.make(
  "run",
  {
    pipeline: Argument.String("pipeline.ts").pipe(
      Argument.withDescription("TypeScript file whose default export is a pipeline with a sink")
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Folder for the results. Default: out/<name of the pipeline file>"),
      Flag.optional
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Seed of all randomness. The same seed gives the same bytes. Default: 0"),
      Flag.withDefault(0)
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Take only the first N rows of the source. Default: all"),
      Flag.filter(
        (limit) => limit >= 1,
        () => "1 or more"
      ),
      Flag.optional
    ),
    fresh: booleanFlag("fresh", "Ask every question again, in place of using earlier answers"),
    retryRejects: booleanFlag(
      "retry-rejects",
      "Ask again what brought no usable answer; everything else comes from the journal"
    ),
    maxUsd: cap("usd", "X", "US dollars; every model needs a price"),
    maxCalls: cap("calls", "N", "calls"),
    maxTokens: cap("tokens", "N", "tokens of prompts and answers"),
    journal: Flag.String("journal").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription(
        "Keep answers in this file, which several runs may share. Default: inside the output folder"
      ),
      Flag.optional
    ),
    logCalls: booleanFlag(
      "log-calls",
      "Write each request and answer to .prefloom/calls.jsonl in the output folder, without keys"
    ),
    json: booleanFlag("json", "Print the result as one JSON object")
  },
  Effect.fnUntraced(function* (options) {
    if (options.fresh && options.retryRejects) {
      return yield* usageError(
        ["run"],
        "Cannot run with both: found --fresh and --retry-rejects, expected one of them; --fresh asks everything again, --retry-rejects what brought no usable answer"
      )
    }
    const [{ loadPlan }, { Progress }, { display }, { keepHeapSmall }] = yield* Effect.promise(() =>
      Promise.all([
        import("./loadPlan.ts"),
        import("../Progress.ts"),
        import("./display.ts"),
        import("./keepHeapSmall.ts")
      ])
    )
    const { plan, name } = yield* loadPlan(options.pipeline)
    const [{ execute }, { sourceRows }, { serveControl }, { telemetry }, { openCallLog }] = yield* Effect.promise(() =>
      Promise.all([
        import("../execute.ts"),
        import("./sourceRows.ts"),
        import("./serveControl.ts"),
        import("./telemetry.ts"),
        import("./CallLog.ts")
      ])
    )
    const progress = new Progress()
    for (const step of plan.steps) progress.stage(step.key)
    const { seed, fresh, retryRejects } = options
    keepHeapSmall()
    const out = Option.getOrElse(options.out, () => `out/${name}`)
    const limit = Option.getOrNull(options.limit)
    yield* makeFolder(out)
    for (const notice of plan.notices) yield* printNotice(printable(notice))
    if (plan.caps.models !== undefined) {
      const [{ idleCaps }, { startProvider }] = yield* Effect.promise(() =>
        Promise.all([import("./idleCaps.ts"), import("./describePlan.ts")])
      )
      const provider = yield* startProvider(plan)
      for (const notice of idleCaps(plan, provider?.defaultModel)) yield* printNotice(printable(notice))
    }
    const control = new Control()
    const outline: RunOutline = { steps: plan.steps, limit, sourceRows: null, control }
    const counting = Effect.map(sourceRows(plan), (nRows) => {
      outline.sourceRows = nRows
    })
    const running = Effect.gen(function* () {
      yield* display(progress, outline)
      yield* serveControl(out, { pipeline: name, progress, outline, control })
      const exporting = yield* telemetry({ pipeline: name, progress, outline })
      const callLog = options.logCalls ? yield* openCallLog(path.join(out, ".prefloom", "calls.jsonl")) : null
      yield* Effect.forkScoped(counting)
      const listeners = [exporting?.record, callLog].filter((listener) => listener != null)
      const executing = execute(plan, {
        name,
        out,
        seed,
        limit,
        fresh,
        retryRejects,
        caps: capsOf(options),
        ...(Option.isSome(options.journal) ? { journal: options.journal.value } : {}),
        progress,
        control,
        log: listeners.length === 0 ? null : (record) => listeners.forEach((listener) => listener(record))
      })
      return yield* exporting === null ? executing : exporting.within(executing)
    })
    const outcome = yield* running.pipe(
      Effect.scoped,
      Effect.mapError((error) => {
        if (error instanceof CommandFailed) return error
        const { message, resumable, stopped } = error
        const hasAnswers = [...progress.models.values()].some(({ answered, replayed }) => answered + replayed > 0)
        return new CommandFailed({
          message: resumable && hasAnswers ? `${message}\n${resume(fresh)}` : message,
          stopped
        })
      }),
      Effect.onInterrupt(() => printNotice(`Interrupted. ${resume(fresh)}`)),
      (whole) => endOnSecondSignal(whole, control)
    )
    if (options.json) return yield* printJson(outcome)
    const [{ renderSummary }, { renderCalls }] = yield* Effect.promise(() =>
      Promise.all([import("../report/renderSummary.ts"), import("./renderCalls.ts")])
    )
    return yield* printResult(`${renderSummary(outcome.manifest, out).trimEnd()}\n\n${renderCalls(outcome)}`)
  })
).pipe(
  Command.withDescription(
    `Run a pipeline.

  Every answer of a model is kept in the output folder before it is used. A run that was stopped goes on when the same command
  is given again: what was answered is not asked, and not paid, a second time.

  A cap counts what all runs into the folder with the same journal have spent, since the last one with --fresh; with another
  --journal it counts from 0. The most that a call can cost is set aside before it is sent, so a cap is not passed, whatever is
  in flight; at a cap the run stops with exit code 3 and goes on with a higher one.

  While it is going, prefloom ctl shows, pauses, limits or stops it from another terminal.

  A data set gets the card README.md. Where the folder has one that Prefloom did not write, or that was changed since, nothing
  is run.`
  ),
  Command.withShortDescription("Run a pipeline; running it again resumes"),
  Command.withExamples([
    { command: "prefloom run pipelines/first.ts", description: "Write to out/first" },
    { command: "prefloom run pipelines/first.ts --limit 20 --out out/trial", description: "Try it on 20 rows" },
    { command: "prefloom run pipelines/first.ts --max-usd 5", description: "Spend no more than five dollars" },
    {
      command: "prefloom run pipelines/first.ts --json | jq .manifest.stages",
      description: "Use the result in a script"
    }
  ])
)

const capsOf = (options: {
  readonly maxUsd: Option.Option<number>
  readonly maxCalls: Option.Option<number>
  readonly maxTokens: Option.Option<number>
}): BudgetCaps => ({
  ...Option.match(options.maxUsd, { onNone: () => ({}), onSome: (usd) => ({ usd }) }),
  ...Option.match(options.maxCalls, { onNone: () => ({}), onSome: (calls) => ({ calls }) }),
  ...Option.match(options.maxTokens, { onNone: () => ({}), onSome: (tokens) => ({ tokens }) })
})

/**
 * Says at the first signal what is being waited for, and ends the process at the second. The journal is whole at any moment.
 *
 * One key press may arrive as two signals at once, from the terminal and from npm; so the second has to come a second later.
 */
const endOnSecondSignal = <A, E, R>(effect: Effect.Effect<A, E, R>, control: Control): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      let firstAt: number | undefined
      const onSignal = () => {
        if (firstAt === undefined && control.busy > 0) {
          const calls = control.busy === 1 ? "1 call" : `${control.busy} calls`
          process.stderr.write(`Waiting for ${calls} in flight, for at most 30 s; a second signal gives them up\n`)
        }
        firstAt ??= performance.now()
        if (performance.now() - firstAt > 1000) process.exit(3)
      }
      process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onHangUp)
      return onSignal
    }),
    () => effect,
    (onSignal) => Effect.sync(() => process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", onHangUp))
  )

/** A terminal that is closed takes with it what is written to it, and not the calls in flight. */
const onHangUp = () => {
  process.stderr.on("error", () => {})
  process.emit("SIGTERM", "SIGTERM")
}

const resume = (fresh: boolean): string =>
  fresh
    ? "The same command without --fresh goes on with the answers that are kept, new ones before earlier ones; with it all is asked, and paid, again"
    : "The same command goes on from here; no answer that is kept is paid for twice"

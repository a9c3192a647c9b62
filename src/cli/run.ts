import * as fs from "node:fs"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed } from "./CommandFailed.ts"
import type { RunOutline } from "./renderProgress.ts"
import { printJson, printNotice, printResult } from "./StandardOutput.ts"

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
    fresh: Flag.Boolean("fresh").pipe(
      Flag.withDescription("Ask every question again, in place of using earlier answers"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the result as one JSON object"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (options) {
    const [{ loadPlan }, { Progress }, { display }, { keepHeapSmall }] = yield* Effect.promise(() =>
      Promise.all([
        import("./loadPlan.ts"),
        import("../Progress.ts"),
        import("./display.ts"),
        import("./keepHeapSmall.ts")
      ])
    )
    const { plan, name } = yield* loadPlan(options.pipeline)
    const [{ execute }, { sourceRows }] = yield* Effect.promise(() =>
      Promise.all([import("../execute.ts"), import("./sourceRows.ts")])
    )
    const progress = new Progress()
    for (const step of plan.steps) progress.stage(step.key)
    const { seed, fresh } = options
    keepHeapSmall()
    const out = Option.getOrElse(options.out, () => `out/${name}`)
    const limit = Option.getOrNull(options.limit)
    yield* makeFolder(out)
    const outline: RunOutline = { steps: plan.steps, limit, sourceRows: null }
    const counting = Effect.map(sourceRows(plan), (nRows) => {
      outline.sourceRows = nRows
    })
    const outcome = yield* display(progress, outline).pipe(
      Effect.andThen(Effect.forkScoped(counting)),
      Effect.andThen(execute(plan, { name, out, seed, limit, fresh, progress })),
      Effect.scoped,
      Effect.mapError(({ message, resumable }) => {
        const hasAnswers = [...progress.models.values()].some(({ answered, replayed }) => answered + replayed > 0)
        return new CommandFailed({ message: resumable && hasAnswers ? `${message}\n${resume}` : message })
      }),
      Effect.onInterrupt(() => printNotice(`Interrupted. ${resume}`)),
      secondSignalEnds
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
  is given again: what was answered is not asked, and not paid, a second time.`
  ),
  Command.withShortDescription("Run a pipeline; running it again resumes"),
  Command.withExamples([
    { command: "prefloom run pipelines/first.ts", description: "Write to out/first" },
    { command: "prefloom run pipelines/first.ts --limit 20 --out out/trial", description: "Try it on 20 rows" },
    {
      command: "prefloom run pipelines/first.ts --json | jq .manifest.stages",
      description: "Use the result in a script"
    }
  ])
)

const makeFolder = (out: string): Effect.Effect<void, CommandFailed> =>
  Effect.try({
    try: () => void fs.mkdirSync(out, { recursive: true }),
    catch: (cause) => {
      const { code, message } = cause as NodeJS.ErrnoException
      const found = code === "EEXIST" || code === "ENOTDIR" ? "a file is in its place" : message
      return new CommandFailed({
        message: `Cannot write to "${out}": ${found}, expected a folder that can be written; name another one with --out`
      })
    }
  })

/**
 * Ends the process at the second signal, when stopping takes too long. The journal is whole at any moment.
 *
 * One key press may arrive as two signals at once, from the terminal and from npm; so the second has to come a second later.
 */
const secondSignalEnds = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      let firstAt: number | undefined
      const onSignal = () => {
        firstAt ??= performance.now()
        if (performance.now() - firstAt > 1000) process.exit(3)
      }
      process.on("SIGINT", onSignal).on("SIGTERM", onSignal)
      return onSignal
    }),
    () => effect,
    (onSignal) => Effect.sync(() => process.off("SIGINT", onSignal).off("SIGTERM", onSignal))
  )

const resume = "The same command goes on from here; no answer is paid for twice"

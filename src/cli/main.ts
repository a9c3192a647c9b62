import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { audit } from "./audit.ts"
import { bench } from "./bench.ts"
import { check } from "./check.ts"
import { clean } from "./clean.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { convert } from "./convert.ts"
import { ctl } from "./ctl.ts"
import { describe } from "./describe.ts"
import { fileProblem } from "../fileProblem.ts"
import { init } from "./init.ts"
import { inspect } from "./inspect.ts"
import { journal } from "./journal.ts"
import { readOwnPackage } from "../OwnPackage.ts"
import { preflight } from "./preflight.ts"
import { presenter } from "./presenter.ts"
import { printableLines } from "./printable.ts"
import { push } from "./push.ts"
import { run } from "./run.ts"
import { printNotice } from "./StandardOutput.ts"
import { why } from "./why.ts"

const prefloom = Command.make("prefloom").pipe(
  Command.withDescription(
    `Makes preference data: generate, corrupt, judge, clean, pair and export, as typed pipelines.

  A pipeline is a TypeScript file; no build step is needed. Results go to standard output, progress and messages to
  standard error. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 stopped by a budget or an interrupt, and resumable.`
  ),
  Command.withExamples([
    { command: "prefloom init my-data", description: "Start a project whose pipeline runs without a key" },
    { command: "prefloom check pipelines/first.ts", description: "Check a pipeline without a single call" },
    { command: "prefloom run pipelines/first.ts", description: "Run it; the same command again resumes" },
    { command: "prefloom inspect out/first/data/train-00000-of-00001.parquet", description: "Look into a file" },
    { command: "prefloom journal explain out/first", description: "Say why calls were asked again" }
  ]),
  Command.withSubcommands([
    run,
    ctl,
    check,
    describe,
    audit,
    clean,
    convert,
    preflight,
    why,
    push,
    inspect,
    init,
    journal,
    bench
  ])
)

const badUsage = 2
const interrupted = 3

const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return interrupted
  const problem = Cause.squash(exit.cause)
  if (CliError.isCliError(problem)) return badUsage
  if (!(problem instanceof CommandFailed)) return 1
  return problem.stopped === true ? interrupted : problem.isUsage === true ? badUsage : 1
}

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const problem = Cause.squash(cause)
  if (CliError.isCliError(problem)) return Effect.void
  const message = problem instanceof CommandFailed ? problem.message : fileProblem(problem)
  if (message !== null) return printNotice(`Error: ${printableLines(message)}`)
  return printNotice(`Error: this should not have happened; please report it\n${printableLines(Cause.pretty(cause))}`)
}

// A reader that has seen enough, such as "head", closes the pipe.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
  throw error
})

// Arguments are plain strings and nothing prompts, so no command asks for a file system, a terminal or a child process of the
// platform. Loading those takes a tenth of the start-up.
const noServices = Context.empty() as Context.Context<Command.Environment>

Command.runWith(prefloom, { version: readOwnPackage().version })(process.argv.slice(2)).pipe(
  Effect.tapCause(report),
  Effect.provide(
    Layer.mergeAll(
      CliOutput.layerPresenter(presenter),
      CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
    )
  ),
  Effect.provideContext(noServices),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // Where pipes are asynchronous, ending the process would lose what is not yet written.
    teardown: (exit, onExit) =>
      void process.stdout.write("", () => process.stderr.write("", () => onExit(exitCodeOf(exit))))
  })
)

import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { CommandFailed } from "./CommandFailed.ts"
import { printable, printableLines } from "./printable.ts"
import { printNotice, printResult } from "./StandardOutput.ts"

/** `prefloom check`: types, wiring and capabilities of a pipeline, without a call. */
export const check = Command.make(
  "check",
  {
    pipeline: Argument.String("pipeline.ts").pipe(
      Argument.withDescription("TypeScript file whose default export is a pipeline with a sink")
    )
  },
  Effect.fnUntraced(function* ({ pipeline }) {
    const [{ loadPlan, pipelineFile }, { typeCheck }, { startProvider }, { capabilityProblems }, { renderCheck }] =
      yield* Effect.promise(() =>
        Promise.all([
          import("./loadPlan.ts"),
          import("./typeCheck.ts"),
          import("./describePlan.ts"),
          import("../capabilityProblems.ts"),
          import("./renderCheck.ts")
        ])
      )
    const types = yield* typeCheck(yield* pipelineFile(pipeline))
    for (const problem of types?.problems ?? []) yield* printNotice(printableLines(problem))
    const { plan } = yield* loadPlan(pipeline)
    const provider = yield* startProvider(plan)
    const problems = capabilityProblems(plan, provider)
    for (const problem of problems) yield* printNotice(printable(problem))
    const checked = printResult(renderCheck({ pipeline, types, plan, provider, problems }))
    const nProblems = (types?.problems.length ?? 0) + problems.length
    if (nProblems > 0) {
      yield* checked
      const found = nProblems === 1 ? "1 problem" : `${nProblems} problems`
      return yield* new CommandFailed({
        message: `Cannot accept "${pipeline}": found ${found}, expected none; see above`
      })
    }
    return yield* checked
  })
).pipe(
  Command.withDescription(
    `Check a pipeline without a single call.

  Compiles the file with the TypeScript of its project, builds the pipeline, so that columns that do not fit are found, and
  compares what the stages want with what the provider can do.`
  ),
  Command.withShortDescription("Check types, wiring and capabilities; no call is made"),
  Command.withExamples([{ command: "prefloom check pipelines/first.ts", description: "Before a run that costs money" }])
)

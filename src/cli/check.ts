import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { booleanFlag } from "./booleanFlag.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { printable, printableLines } from "./printable.ts"
import { printNotice, printResult } from "./StandardOutput.ts"

/** `prefloom check`: types, wiring and capabilities of a pipeline, without a call unless `--probe` asks for some. */
export const check = Command.make(
  "check",
  {
    pipeline: Argument.String("pipeline.ts").pipe(
      Argument.withDescription("TypeScript file whose default export is a pipeline with a sink")
    ),
    probe: booleanFlag(
      "probe",
      "Ask each model that the stages ask one small question for each thing they need; these calls are paid for"
    )
  },
  Effect.fnUntraced(function* ({ pipeline, probe }) {
    const [
      { loadPlan, pipelineFile },
      { typeCheck },
      { startProvider },
      { capabilityProblems },
      { idleCaps },
      { renderCheck },
      { probeFindings, probePlan }
    ] = yield* Effect.promise(() =>
      Promise.all([
        import("./loadPlan.ts"),
        import("./typeCheck.ts"),
        import("./describePlan.ts"),
        import("../capabilityProblems.ts"),
        import("./idleCaps.ts"),
        import("./renderCheck.ts"),
        import("./probePlan.ts")
      ])
    )
    const types = yield* typeCheck(yield* pipelineFile(pipeline))
    for (const problem of types?.problems ?? []) yield* printNotice(printableLines(problem))
    const { plan } = yield* loadPlan(pipeline)
    const provider = yield* startProvider(plan)
    for (const notice of idleCaps(plan, provider?.defaultModel)) yield* printNotice(printable(notice))
    const problems = capabilityProblems(plan, provider)
    for (const problem of problems) yield* printNotice(printable(problem))
    const isRefused = (types?.problems.length ?? 0) + problems.length > 0
    const probes = probe && !isRefused ? yield* probePlan(plan) : null
    const found =
      probes === null || provider === null
        ? { problems: [], remarks: [] }
        : probeFindings(plan, probes, provider.defaultModel)
    for (const problem of found.problems) yield* printNotice(printable(problem))
    const { remarks } = found
    const checked = printResult(renderCheck({ pipeline, types, plan, provider, problems, probes, remarks }))
    const nProblems = (types?.problems.length ?? 0) + problems.length + found.problems.length
    if (nProblems > 0) {
      yield* checked
      const counted = nProblems === 1 ? "1 problem" : `${nProblems} problems`
      return yield* new CommandFailed({
        message: `Cannot accept "${pipeline}": found ${counted}, expected none; see above`
      })
    }
    return yield* checked
  })
).pipe(
  Command.withDescription(
    `Check a pipeline without a single call.

  Compiles the file with the TypeScript of its project, builds the pipeline, so that columns that do not fit are found, and
  compares what the stages want with what the provider can do. With --probe it then asks, at each endpoint, one small question
  for each thing that the stages want of a model, by the models that they name, and of the provider's own model for what it declares
  beyond that. Nothing of that is kept, so asking again costs again. An answer that is empty shows nothing, which is said. No answer is
  waited for longer than 30 s, and an endpoint that leaves one out is asked no more.

  Exits with 1 where a stage cannot run. What a stage has another way for, such as several samples in one call, is a remark.`
  ),
  Command.withShortDescription("Check types, wiring and capabilities; no call is made unless asked for"),
  Command.withExamples([
    { command: "prefloom check pipelines/first.ts", description: "Before a run that costs money" },
    { command: "prefloom check --probe pipelines/first.ts", description: "Whether a new server does what it should" }
  ])
)

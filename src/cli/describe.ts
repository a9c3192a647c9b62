import * as Argument from "effect/cli/Argument"
import { booleanFlag } from "./booleanFlag.ts"
import { usageError } from "./usageError.ts"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { printJson, printResult } from "./StandardOutput.ts"

/** `prefloom describe`: says what a pipeline would do, without doing it. */
export const describe = Command.make(
  "describe",
  {
    pipeline: Argument.String("pipeline.ts").pipe(
      Argument.withDescription("TypeScript file whose default export is a pipeline with a sink")
    ),
    json: booleanFlag("json", "Print one JSON object"),
    mermaid: booleanFlag("mermaid", "Print a Mermaid flow chart")
  },
  Effect.fnUntraced(function* ({ pipeline, json, mermaid }) {
    if (json && mermaid) {
      return yield* usageError(["describe"], "Cannot print both: found --json and --mermaid, expected one")
    }
    const [{ loadPlan }, { describePlan }, { renderDescription, renderMermaid }] = yield* Effect.promise(() =>
      Promise.all([import("./loadPlan.ts"), import("./describePlan.ts"), import("./renderDescription.ts")])
    )
    const { name, plan } = yield* loadPlan(pipeline)
    const description = yield* describePlan(name, plan)
    if (json) return yield* printJson(description)
    return yield* printResult(mermaid ? renderMermaid(description) : renderDescription(description))
  })
).pipe(
  Command.withDescription(
    `Describe a pipeline without running it.

  Lists the stages with the columns they need and give, the calls each makes for a row, and the total where the number of
  source rows is known. Makes no call.`
  ),
  Command.withShortDescription("List stages, columns and calls of a pipeline"),
  Command.withExamples([
    { command: "prefloom describe pipelines/first.ts", description: "As text" },
    {
      command: "prefloom describe pipelines/first.ts --json | jq '.stages[] | {key, callsPerRow, calls}'",
      description: "Calls of each stage: for a row, and at most in all, null where only the run will tell"
    },
    { command: "prefloom describe pipelines/first.ts --mermaid > first.mmd", description: "As a chart" }
  ])
)

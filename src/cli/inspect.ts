import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { booleanFlag } from "./booleanFlag.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { printJson, printResult } from "./StandardOutput.ts"

/** `prefloom inspect`: schema, counts and first rows of a data file. */
export const inspect = Command.make(
  "inspect",
  {
    file: Argument.String("file").pipe(Argument.withDescription("Parquet, Arrow, JSON Lines, JSON or CSV file")),
    rows: Flag.Int("rows").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Rows to show. Default: 3"),
      Flag.filter(
        (rows) => rows >= 0,
        () => "0 or more"
      ),
      Flag.withDefault(3)
    ),
    json: booleanFlag("json", "Print one JSON object")
  },
  Effect.fnUntraced(function* ({ file, rows, json }) {
    const [{ inspectFile }, { countRows }, { renderInspection }] = yield* Effect.promise(() =>
      Promise.all([import("../sources/inspectFile.ts"), import("./countRows.ts"), import("./renderInspection.ts")])
    )
    const inspection = yield* Effect.gen(function* () {
      const found = yield* inspectFile(file, { rows })
      const { format, nRows } = found
      const isText = format === "jsonl" || format === "json" || format === "csv"
      return nRows === null && isText ? { ...found, nRows: yield* countRows(found.file, format) } : found
    }).pipe(Effect.mapError(({ message }) => new CommandFailed({ message })))
    if (json) return yield* printJson(inspection)
    return yield* printResult(renderInspection(inspection, process.stdout.isTTY ? process.stdout.columns : undefined))
  })
).pipe(
  Command.withDescription(
    "Look into a data file.\n\n  Shows its columns and types, its number of rows and its first rows."
  ),
  Command.withShortDescription("Show columns, counts and first rows of a data file"),
  Command.withExamples([
    { command: "prefloom inspect data/prompts.jsonl", description: "Columns and the first three rows" },
    { command: "prefloom inspect out/first/rejects.parquet --rows 20", description: "Why rows left" },
    { command: "prefloom inspect pairs.parquet --json | jq .nRows", description: "The number of rows" }
  ])
)

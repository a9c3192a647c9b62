import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { booleanFlag } from "./booleanFlag.ts"
import { isFolder } from "../isFolder.ts"
import { asCommand } from "./CommandFailed.ts"
import { printJson, printResult } from "./StandardOutput.ts"

/** `prefloom inspect`: schema, counts and first rows of a data file. */
export const inspect = Command.make(
  "inspect",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("Parquet, Arrow, JSON Lines, JSON or CSV file, or the folder of a data set")
    ),
    rows: Flag.Int("rows").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Rows to show. Default: 3"),
      Flag.filter(
        (rows) => rows >= 0,
        () => "0 or more"
      ),
      Flag.withDefault(3)
    ),
    json: booleanFlag("json", "Print one JSON object; of a folder a list of one for each file")
  },
  Effect.fnUntraced(function* ({ file, rows, json }) {
    const [{ inspectFile }, { inputFiles }, { countRows }, { renderInspection }] = yield* Effect.promise(() =>
      Promise.all([
        import("../sources/inspectFile.ts"),
        import("./inputFiles.ts"),
        import("./countRows.ts"),
        import("./renderInspection.ts")
      ])
    )
    const look = Effect.fnUntraced(function* (name: string) {
      const found = yield* inspectFile(name, { rows })
      const { format, nRows } = found
      const isText = format === "jsonl" || format === "json" || format === "csv"
      return nRows === null && isText ? { ...found, nRows: yield* countRows(found.file, format) } : found
    })
    const ofFolder = isFolder(file)
    const names = ofFolder ? (yield* asCommand(inputFiles(file))).files.map(({ name }) => name) : [file]
    const inspections = yield* asCommand(Effect.forEach(names, look))
    if (json) return yield* printJson(ofFolder ? inspections : inspections[0])
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    return yield* printResult(inspections.map((one) => renderInspection(one, width).trimEnd()).join("\n\n"))
  })
).pipe(
  Command.withDescription(
    "Look into a data file, or into all of a data set.\n\n  Shows its columns and types, its number of rows and its first rows."
  ),
  Command.withShortDescription("Show columns, counts and first rows of a data file"),
  Command.withExamples([
    { command: "prefloom inspect data/prompts.jsonl", description: "Columns and the first three rows" },
    { command: "prefloom inspect out/first/rejects.parquet --rows 20", description: "Why rows left" },
    { command: "prefloom inspect pairs.parquet --json | jq .nRows", description: "The number of rows" }
  ])
)

import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { booleanFlag } from "./booleanFlag.ts"
import { asCommand } from "./CommandFailed.ts"
import { printJson, printResult } from "./StandardOutput.ts"

/** `prefloom why`: everything that made a row. */
export const why = Command.make(
  "why",
  {
    out: Argument.String("out").pipe(Argument.withDescription("Folder of a finished run")),
    id: Argument.String("row").pipe(
      Argument.withDescription(
        'What stands in the column "id" of the row, or where the row stands, as FILE:ROW or SPLIT:ROW'
      )
    ),
    journal: Flag.String("journal").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Journal of the run, where that was elsewhere. Default: the one inside the folder"),
      Flag.optional
    ),
    row: Flag.Int("row").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Which of several rows with this id, or of a file or split named without a row, from 1"),
      Flag.withDefault(1)
    ),
    json: booleanFlag("json", "Print one JSON object, with every request and answer")
  },
  Effect.fnUntraced(function* ({ id, journal, json, out, row }) {
    const [{ whyRow }, { renderWhy }, { keepHeapSmall }] = yield* Effect.promise(() =>
      Promise.all([import("./whyRow.ts"), import("./renderWhy.ts"), import("./keepHeapSmall.ts")])
    )
    keepHeapSmall()
    const found = yield* asCommand(whyRow(out, id, Option.getOrUndefined(journal), row))
    return yield* json ? printJson(found) : printResult(renderWhy(found))
  })
).pipe(
  Command.withDescription(
    `Tell what made a row of a run.

  Its prompt, the texts with models, personas, seeds and injected errors, who said what about them, what the cleaner made of that,
  what was left out on the way, and every call with its cost. Takes the id of a row of any table of the run, or its place, which formats
  that hold no ids need: the file, by name, path or as a copy elsewhere, and the number of the row in it, from 1. A pair of pairs is told
  with both its pairs. Calls are those of the prompt; those about the texts of the row are counted apart.`
  ),
  Command.withShortDescription("Tell which prompt, models, judgments and calls made a row"),
  Command.withExamples([
    { command: "prefloom why out/first 34ef4803f229a18b9346fe0d", description: "One row, for people" },
    { command: "prefloom why out/first train-00000-of-00001.jsonl:17", description: "Row 17 of a file, or train:17" },
    {
      command: "prefloom why out/first 34ef4803f229a18b9346fe0d --json | jq .parts[0].ownCost",
      description: "What it cost"
    }
  ])
)

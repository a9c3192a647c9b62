import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { listRules } from "../formats/listRules.ts"
import { booleanFlag } from "./booleanFlag.ts"
import { labelMeanings, namedOf, preferenceColumns, scoreColumns, splitsFlag } from "./ColumnFlags.ts"
import { asCommand } from "./CommandFailed.ts"
import { sayInterrupted } from "./sayInterrupted.ts"
import type { Reading } from "./showReading.ts"
import { printJson, printResult } from "./StandardOutput.ts"

/** The names of the rules that cut pairs from ranked lists; written again here, because the rules load what a start does not need. */
const listRuleNames = ["best-worst", "adjacent", "all"] as const satisfies ReadonlyArray<keyof typeof listRules>

/** `prefloom convert`: preference data of one format as those of another. */
export const convert = Command.make(
  "convert",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription("Parquet, Arrow, JSON Lines, JSON or CSV files, globs, or the folder of a data set"),
      Argument.variadic({ min: 1 })
    ),
    to: Flag.String("to").pipe(
      Flag.withMetavar("FORMAT"),
      Flag.withDescription("Required. Format to write, such as trl-preference")
    ),
    from: Flag.String("from").pipe(
      Flag.withMetavar("FORMAT"),
      Flag.withDescription("Format to read. Default: recognised by the columns, and said"),
      Flag.optional
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription(
        "Required. File ending in .parquet, .jsonl (also .gz, .zst), .json, .arrow or .csv, or a folder"
      )
    ),
    pairs: Flag.Literals("pairs", listRuleNames).pipe(
      Flag.withDescription(
        "How pairs are cut from ranked lists, and from nothing else. Default: best-worst, where the format to write holds no lists"
      ),
      Flag.optional
    ),
    splits: splitsFlag,
    ...preferenceColumns("reply"),
    ...scoreColumns("reply"),
    labelValues: labelMeanings("reply"),
    json: booleanFlag("json", "Print the summary as one JSON object")
  },
  Effect.fnUntraced(function* ({ files, from, json, labelValues, out, pairs, splits, to, ...columns }) {
    const [{ convertFiles }, { keepHeapSmall }, { Run }, { renderConversion }, { showReading }] = yield* Effect.promise(
      () =>
        Promise.all([
          import("./convertFiles.ts"),
          import("./keepHeapSmall.ts"),
          import("../Run.ts"),
          import("./renderConversion.ts"),
          import("./showReading.ts")
        ])
    )
    keepHeapSmall()
    const named = namedOf(columns)
    const reading: Reading = { what: "Looking at the columns", nRows: 0, totalRows: null }
    const request = {
      files,
      to,
      out,
      splits,
      named,
      ...(Option.isSome(from) ? { from: from.value } : {}),
      ...(Option.isSome(labelValues) ? { labelValues: labelValues.value } : {}),
      ...(Option.isSome(pairs) ? { pairs: pairs.value } : {})
    }
    const result = yield* showReading(reading).pipe(
      Effect.andThen(convertFiles(request, reading)),
      Effect.provide(Run.layerTemporary()),
      asCommand,
      sayInterrupted
    )
    return yield* json ? printJson(result) : printResult(renderConversion(result))
  })
).pipe(
  Command.withDescription(
    `Convert preference data from one format to another.

  Recognises the format by all columns of the file, or takes the one or the columns you name, and says which. Says which columns are
  kept, renamed and lost. Rows that the other format cannot hold, or that its trainers would drop or misread, are left out and
  written to <file>.rejects.parquet, or rejects.parquet in a folder, with reason and place. Splits stay apart: a folder gets one file for each
  that a card, folders or file names show, or else a column split names, and one file takes one split. Every data file is whole or absent.

  A folder is ready for prefloom push: beside the data it gets the card README.md, croissant.json and manifest.json. The card says from which files
  and how it was made and what was left out, and states a licence only where the card of the source states one. A file that Prefloom did not write
  at the place of a result, a README.md or croissant.json that was changed since, and the folder of a run are refused; data of an earlier conversion in
  the folder are replaced.

  Formats: trl-preference, trl-preference-implicit, trl-unpaired, trl-reward, trl-prompt, trl-stepwise, llamafactory-sharegpt,
  llamafactory-alpaca, llamafactory-kto, llamafactory-v1, axolotl, openrlhf, nemo-rl, verl, openai-preference, together,
  ultrafeedback, ultrafeedback-binarized, helpsteer, helpsteer2-preference, helpsteer-ratings, hh-rlhf, argilla, distilabel, shp,
  prefloom, prefloom-ranked, and votes, which is two replies with opinions about them.

  Of a ranked list the formats of pairs get the best and the worst, or with --pairs every two neighbours (adjacent) or every two that are not
  equally good (all). Equally good replies make no pair; where several are the best or the worst, one of them is drawn, the same each time.`
  ),
  Command.withShortDescription("Convert preference data between formats of trainers"),
  Command.withExamples([
    {
      command: "prefloom convert hh.jsonl.gz --to trl-preference --out pairs.parquet",
      description: "Transcripts as pairs"
    },
    {
      command:
        "prefloom convert my.csv --prompt question --chosen good --rejected bad --to openai-preference --out my.jsonl",
      description: "Columns by name"
    },
    {
      command: "prefloom convert ultrafeedback.jsonl --to trl-preference --pairs adjacent --out pairs.parquet",
      description: "Several pairs of each ranked list"
    },
    {
      command: "prefloom convert out/first --to llamafactory-sharegpt --out llama",
      description: "A folder with dataset_info.json and a card"
    }
  ])
)

import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { encodings } from "../preflight/Encoding.ts"
import { tokenizerProblem } from "../preflight/Tokenizer.ts"
import { booleanFlag } from "./booleanFlag.ts"
import { labelMeanings, namedOf, preferenceColumns, splitsFlag } from "./ColumnFlags.ts"
import { asCommand, CommandFailed } from "./CommandFailed.ts"
import type { Reading } from "./showReading.ts"
import { printJson, printResult } from "./StandardOutput.ts"

const format = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("FORMAT"), Flag.withDescription(description), Flag.optional)

/** `prefloom preflight`: what in preference data would waste a training run. */
export const preflight = Command.make(
  "preflight",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription(
        "Parquet, Arrow, JSON Lines, JSON or CSV files, globs, or the folder of a run or data set"
      ),
      Argument.variadic({ min: 1 })
    ),
    target: format(
      "for",
      "Format that is trained on, such as trl-preference. Default: the one the data are in; trl-preference for Prefloom's own pairs"
    ),
    from: format("from", "Format to read. Default: recognised by the columns, and said"),
    tokenizer: Flag.String("tokenizer").pipe(
      Flag.withMetavar("NAME|PATH"),
      Flag.withDescription(
        `What lengths are counted with: ${encodings.join(", ")}, or your model's tokenizer, a folder with tokenizer.json, tokenizer_config.json and its chat template, or that file. Default: o200k_base`
      ),
      Flag.filter(
        (given) => tokenizerProblem(given) === undefined,
        (given) => `${tokenizerProblem(given)!.wanted}; ${tokenizerProblem(given)!.remedy}`
      ),
      Flag.withDefault("o200k_base")
    ),
    maxLength: Flag.Int("max-length").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Tokens of prompt and reply together that training keeps. Default: 1024, as in TRL"),
      Flag.filter(
        (n) => n > 0,
        () => "1 or more"
      ),
      Flag.withDefault(1024)
    ),
    splits: splitsFlag,
    ...preferenceColumns("reply"),
    labelValues: labelMeanings("reply"),
    json: booleanFlag("json", "Print one JSON object")
  },
  Effect.fnUntraced(function* ({ files, from, json, labelValues, maxLength, splits, target, tokenizer, ...columns }) {
    const [{ preflightFiles }, { Run }, { renderPreflight }, { keepHeapSmall }, { showReading }] =
      yield* Effect.promise(() =>
        Promise.all([
          import("./preflightFiles.ts"),
          import("../Run.ts"),
          import("./renderPreflight.ts"),
          import("./keepHeapSmall.ts"),
          import("./showReading.ts")
        ])
      )
    keepHeapSmall()
    const named = namedOf(columns)
    const reading: Reading = { what: "Looking at the columns", nRows: 0, totalRows: null }
    const request = {
      files,
      named,
      splits,
      encoding: tokenizer,
      maxLength,
      ...(Option.isSome(from) ? { from: from.value } : {}),
      ...(Option.isSome(target) ? { target: target.value } : {}),
      ...(Option.isSome(labelValues) ? { labelValues: labelValues.value } : {})
    }
    const found = yield* showReading(reading).pipe(
      Effect.andThen(preflightFiles(request, reading)),
      Effect.provide(Run.layerTemporary()),
      asCommand
    )
    yield* json ? printJson(found) : printResult(renderPreflight(found))
    const grave = found.findings.filter(({ severity }) => severity !== "worth knowing").length
    if (grave > 0) {
      return yield* new CommandFailed({
        message: `Cannot pass the data: found ${grave} ${grave === 1 ? "finding" : "findings"} that would stop training or make it silently wrong, expected none; each names its remedy`
      })
    }
  })
).pipe(
  Command.withDescription(
    `Look through preference data for what would waste a training run.

  Says how many rows would stop training, make it silently wrong, or are worth knowing, with examples and a remedy: replies that are
  the same or become the same after truncation, replies that hold each other, repeat the prompt or hold template markup, repeated and
  contradicting rows, prompts in several splits, biases of length, position and judges, labels out of balance, and what the format
  that is trained on (--for) does not take. Says what could not be checked. Exits with 1 when something would stop training or make
  it silently wrong. Makes no call and writes nothing. In a pipeline, dataset({ preflight: true }) looks at the rows as they are written.`
  ),
  Command.withShortDescription("Find what would waste a training run: truncation, leaks, traps of formats"),
  Command.withExamples([
    { command: "prefloom preflight out/first", description: "All splits of a run" },
    {
      command: "prefloom preflight train.jsonl --for trl-preference --max-length 512",
      description: "As TRL would see it"
    },
    {
      command: "prefloom preflight train.jsonl --tokenizer models/qwen --max-length 2048",
      description: "With your model's tokens and chat template"
    },
    {
      command: "prefloom preflight train.parquet test.parquet --json | jq .findings",
      description: "Prompts in both splits too"
    }
  ])
)

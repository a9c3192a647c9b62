import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Amount } from "../cleaners/lowestFraction.ts"
import { booleanFlag } from "./booleanFlag.ts"
import { cleanMethods, cleanTreatments, type CleanMethod, type CleanTreatment } from "./cleanMethods.ts"
import { namedOf, voteFlags } from "./ColumnFlags.ts"
import { asCommand } from "./CommandFailed.ts"
import { dataName } from "./dataName.ts"
import type { Reading } from "./showReading.ts"
import { printJson, printResult } from "./StandardOutput.ts"
import { usageError } from "./usageError.ts"

const share = (name: string, what: string) =>
  Flag.Finite(name).pipe(
    Flag.withMetavar("F"),
    Flag.withDescription(what),
    Flag.filter(
      (value) => value >= 0 && value <= 1,
      () => "from 0 to 1"
    ),
    Flag.optional
  )

/** `prefloom clean`: noisy preference data as a data set without, or with less, of the noise. */
export const clean = Command.make(
  "clean",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription("Parquet, Arrow, JSON Lines, JSON or CSV files, globs, or the folder of a data set"),
      Argument.variadic({ min: 1 })
    ),
    method: Flag.Literals("method", Object.keys(cleanMethods) as ReadonlyArray<CleanMethod>).pipe(
      Flag.withDescription("What finds wrong labels, see above. Default: re-po"),
      Flag.withDefault("re-po" as const)
    ),
    treatment: Flag.Literals("treatment", Object.keys(cleanTreatments) as ReadonlyArray<CleanTreatment>).pipe(
      Flag.withDescription("Required. What is done about them, see above")
    ),
    threshold: share("threshold", "Pairs whose order is right with a lower probability are flagged. Default: 0.5"),
    fraction: share("fraction", "Flag this share of the pairs instead, the most suspect first"),
    budget: Flag.Int("budget").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Flag this many pairs instead, the most suspect first"),
      Flag.filter(
        (value) => value >= 0,
        () => "0 or more"
      ),
      Flag.optional
    ),
    ...voteFlags,
    out: Flag.String("out").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Folder for the data set. Default: out/clean-<name of the first file>"),
      Flag.optional
    ),
    json: booleanFlag("json", "Print the summary as one JSON object")
  },
  Effect.fnUntraced(function* ({ files, json, labelValues, method, out: givenOut, treatment, trusted, ...rest }) {
    const { budget, fraction, maxRejectShare, splits, threshold, ...columns } = rest
    if (Option.isSome(fraction) && Option.isSome(budget)) {
      const message = "Cannot clean: found --fraction and --budget, expected one of them; leave out the other"
      return yield* usageError(["clean"], message)
    }
    const [{ checkCleanOut }, { cleanFiles }, { inFolder }, { renderCleaning }, { keepHeapSmall }, { showReading }] =
      yield* Effect.promise(() =>
        Promise.all([
          import("./checkCleanRequest.ts"),
          import("./cleanFiles.ts"),
          import("./inFolder.ts"),
          import("./renderCleaning.ts"),
          import("./keepHeapSmall.ts"),
          import("./showReading.ts")
        ])
      )
    keepHeapSmall()
    const name = dataName(files[0]!)
    const out = Option.getOrElse(givenOut, () => `out/clean-${name}`)
    yield* asCommand(checkCleanOut(out))
    const amount: Amount | null = Option.isSome(fraction)
      ? { fraction: fraction.value }
      : Option.isSome(budget)
        ? { budget: budget.value }
        : null
    const request = {
      files,
      splits,
      name,
      named: namedOf(columns),
      method,
      treatment,
      trusted: Option.match(trusted, {
        onNone: () => [],
        onSome: (names) => names.split(",").map((one) => one.trim())
      }),
      ...(Option.isSome(labelValues) ? { labelValues: labelValues.value } : {}),
      ...(Option.isSome(maxRejectShare) ? { maxRejectShare: maxRejectShare.value } : {}),
      ...(Option.isSome(threshold) ? { threshold: threshold.value } : {}),
      ...(amount === null ? {} : { amount })
    }
    const reading: Reading = { what: "Looking at the columns", nRows: 0, totalRows: null }
    const result = yield* inFolder(out, [], Effect.andThen(showReading(reading), cleanFiles(request, reading)))
    return yield* json ? printJson(result) : printResult(renderCleaning(result, out))
  })
).pipe(
  Command.withDescription(
    `Clean noisy preference data into a data set of one row a pair.

  Columns are recognised or named as by audit, which tells what to expect. A method whose evidence is missing says so and writes nothing.

  Methods, and what they need:
    re-po        the posteriors of audit: votes of several annotators on the same pairs, or scores and --trusted annotators
    majority     what most votes say: pairs with two votes or more
    consensus    majority, unless another crowd model is shown to do better on --trusted pairs or on votes left out: the same
    dawid-skene  a confusion matrix per annotator: three annotators or more who share pairs
    glad         how able annotators and how easy pairs are: the same
    rw-gap       a ranking by the scores of the two answers: score columns, and --fraction or --budget
    text-model   a ranking by a model of the texts, trained on other pairs: texts that tell something, and --fraction or --budget.
                 One label a pair will do; at most 20,000 pairs are looked at
  The first five give labelProb, the probability that the recorded order is right.

  Treatments:
    keep         flags and changes nothing
    weight       gives labelProb as weight
    soft-label   gives labelProb as target
    flip         exchanges chosen and rejected of flagged pairs
    remove       puts flagged pairs into the rejects

  All votes on a pair become one row: that of the first vote in the recorded order, which is that of trusted annotators, else of most
  votes, else of the first. It keeps its columns and gains chosen and rejected, where it has none, labelProb, flagged, votesFor,
  votesAgainst, flipped, weight and target. Every other row is in rejects.parquet, with its content. Splits stay apart. Leaves what
  run leaves: data, card, rejects, report and manifest, each whole or absent. A file that Prefloom did not write is not replaced, nor a README.md or
  croissant.json that was changed since: nothing is written then. Makes no call.`
  ),
  Command.withShortDescription("Clean noisy preference data"),
  Command.withExamples([
    {
      command: "prefloom clean votes.csv --treatment flip",
      description: "Votes of several annotators, by their reliability"
    },
    {
      command: "prefloom clean votes.csv --method consensus --treatment remove --threshold 0.8",
      description: "Keep what the crowd is sure of"
    },
    {
      command:
        "prefloom clean pairs.jsonl --method rw-gap --score-chosen s1 --score-rejected s2 --fraction 0.1 --treatment remove",
      description: "Drop the tenth with the lowest score gap"
    }
  ])
)

import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { booleanFlag } from "./booleanFlag.ts"
import { namedOf, voteFlags } from "./ColumnFlags.ts"
import { dataName } from "./dataName.ts"
import type { Reading } from "./showReading.ts"
import { printJson, printResult } from "./StandardOutput.ts"

/** `prefloom audit`: how noisy the labels of an existing data set are. */
export const audit = Command.make(
  "audit",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription("Parquet, Arrow, JSON Lines, JSON or CSV files, globs, or the folder of a data set"),
      Argument.variadic({ min: 1 })
    ),
    ...voteFlags,
    out: Flag.String("out").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Folder for the results. Default: out/audit-<name of the first file>"),
      Flag.optional
    ),
    json: booleanFlag("json", "Print audit.json")
  },
  Effect.fnUntraced(function* ({
    files,
    json,
    labelValues,
    maxRejectShare,
    out: givenOut,
    splits,
    trusted,
    ...columns
  }) {
    const [{ auditFiles, auditResults }, { inFolder }, { renderAuditSummary }, { keepHeapSmall }, { showReading }] =
      yield* Effect.promise(() =>
        Promise.all([
          import("./auditFiles.ts"),
          import("./inFolder.ts"),
          import("./renderAuditSummary.ts"),
          import("./keepHeapSmall.ts"),
          import("./showReading.ts")
        ])
      )
    keepHeapSmall()
    const out = Option.getOrElse(givenOut, () => `out/audit-${dataName(files[0]!)}`)
    const named = namedOf(columns)
    const reading: Reading = { what: "Looking at the columns", nRows: 0, totalRows: null }
    const result = yield* inFolder(
      out,
      auditResults,
      Effect.andThen(
        showReading(reading),
        auditFiles(
          {
            files,
            splits,
            named,
            ...(Option.isSome(maxRejectShare) ? { maxRejectShare: maxRejectShare.value } : {}),
            ...(Option.isSome(labelValues) ? { labelValues: labelValues.value } : {}),
            trusted: Option.match(trusted, {
              onNone: () => [],
              onSome: (names) => names.split(",").map((name) => name.trim())
            })
          },
          reading
        )
      )
    )
    if (json) return yield* printJson(result.json)
    return yield* printResult(renderAuditSummary(result.json, result.finding, out))
  })
).pipe(
  Command.withDescription(
    `Audit the label noise of preference data that exist.

  Reads pairs and votes. Recognises the usual formats by their columns, or takes the columns you name, and says which. Ratings and
  ranked lists, such as those of UltraFeedback and HelpSteer2, first become pairs with prefloom convert.

  Estimates from several votes on the same pairs, and from scores where trusted annotators calibrate them, how many labels are
  wrong and who can be trusted; where that cannot be told it says why and gives no number. A model of the texts then ranks the
  labels to read first, if texts tell anything. Looks for repeated and contradicting labels and for prompts in several splits.

  Writes audit.json, posteriors.parquet (one row per label), report.html and rejects.parquet. Makes no call.`
  ),
  Command.withShortDescription("Measure the label noise of existing preference data"),
  Command.withExamples([
    { command: "prefloom audit votes.csv", description: "Columns are recognised, and said" },
    {
      command: "prefloom audit votes.jsonl --prompt question --chosen a --rejected b --label winner --annotator who",
      description: "Columns by name"
    },
    {
      command: "prefloom audit judged.csv --label winner --annotator judge --family model --truth gold",
      description: "Judges of a few models beside known answers"
    },
    {
      command: "prefloom audit train.parquet --trusted expert --json | jq .noiseRate",
      description: "Use it in a script"
    }
  ])
)

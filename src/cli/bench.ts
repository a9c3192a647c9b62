import * as path from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { benchKinds } from "./BenchResult.ts"
import { booleanFlag } from "./booleanFlag.ts"
import { asCommand } from "./CommandFailed.ts"
import { makeFolder } from "./makeFolder.ts"
import { printJson, printResult } from "./StandardOutput.ts"

const cleaners = Command.make(
  "cleaners",
  {
    rates: Flag.Finite("rate").pipe(
      Flag.withMetavar("R"),
      Flag.withDescription("Share of labels to spoil, above 0 and below 0.5; may be repeated. Default: 0.1, 0.2, 0.3"),
      Flag.filter(
        (rate) => rate > 0 && rate < 0.5,
        () => "above 0 and below 0.5"
      ),
      Flag.atLeast(0)
    ),
    kinds: Flag.Literals("kind", benchKinds).pipe(
      Flag.withDescription("How labels are spoiled; may be repeated. Default: all three"),
      Flag.atLeast(0)
    ),
    nPairs: Flag.Int("pairs").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Pairs to clean, 100 or more; as many are held out. Default: 1000"),
      Flag.filter(
        (pairs) => pairs >= 100,
        () => "100 or more"
      ),
      Flag.withDefault(1000)
    ),
    nDraws: Flag.Int("draws").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Data sets drawn for each kind and rate, from 1 to 1000. Default: 3"),
      Flag.filter(
        (draws) => draws >= 1 && draws <= 1000,
        () => "from 1 to 1000"
      ),
      Flag.withDefault(3)
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withMetavar("S"),
      Flag.withDescription("Seed of the data and of the noise. Default: 0"),
      Flag.withDefault(0)
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Folder for bench-cleaners.json and report.html. Default: nothing is written"),
      Flag.optional
    ),
    json: booleanFlag("json", "Print bench-cleaners.json")
  },
  Effect.fnUntraced(function* ({ json, kinds, nDraws, nPairs, out, rates, seed }) {
    const [{ benchCleaners }, { renderBenchTable }] = yield* Effect.promise(() =>
      Promise.all([import("./benchCleaners.ts"), import("./renderBenchTable.ts")])
    )
    if (Option.isSome(out)) yield* makeFolder(out.value, ["report.html", "bench-cleaners.json"])
    const result = benchCleaners({
      rates: rates.length === 0 ? [0.1, 0.2, 0.3] : [...new Set(rates)],
      kinds: kinds.length === 0 ? benchKinds : [...new Set(kinds)],
      nPairs,
      nDraws,
      seed
    })
    if (Option.isSome(out)) {
      const [{ Run }, { lockRun }, { writeText }, { renderBenchPage }] = yield* Effect.promise(() =>
        Promise.all([
          import("../Run.ts"),
          import("../RunLock.ts"),
          import("../sinks/writeText.ts"),
          import("./renderBenchPage.ts")
        ])
      )
      const folder = path.resolve(out.value)
      const page = yield* Effect.promise(() => renderBenchPage(result))
      yield* lockRun(folder).pipe(
        Effect.andThen(writeText("report.html", page)),
        Effect.andThen(writeText("bench-cleaners.json", `${JSON.stringify(result, null, 2)}\n`)),
        Effect.provide(Run.layer({ folder })),
        asCommand
      )
    }
    return yield* json ? printJson(result) : printResult(renderBenchTable(result))
  })
).pipe(
  Command.withDescription(
    `Compare cleaners of preference labels where the truth is known.

  Plants noise in simulated pairs, runs every cleaner on the same labels with the same budget, and measures what it finds, what
  noise it leaves, how well it estimates the noise, and how well a small reward model that is trained on the result orders clean
  pairs it has never seen. Draws several data sets of each kind and rate: figures are means with the deviation between draws, and how
  often a 95 % interval holds the planted share is a rate with an interval of its own. Some hundred draws tell 95 % from 90 %.
  All data are simulated: read differences between cleaners, not levels. Makes no call. The same options give the same figures.`
  ),
  Command.withShortDescription("Compare label cleaners on planted noise"),
  Command.withExamples([
    { command: "prefloom bench cleaners", description: "Three rates, three kinds of noise, three draws of each" },
    {
      command: "prefloom bench cleaners --rate 0.2 --kind uniform --draws 100",
      description: "Interval coverage to some two points"
    },
    {
      command: "prefloom bench cleaners --rate 0.2 --kind byMargin --out out/bench",
      description: "With a page of plots"
    },
    {
      command: "prefloom bench cleaners --rate 0.2 --pairs 300 --draws 2 --json > test/golden/bench-cleaners.json",
      description: "Make the figures that the tests hold it to"
    }
  ])
)

/** `prefloom bench`: measures methods where the truth is known. */
export const bench = Command.make("bench").pipe(
  Command.withDescription("Measure methods where the truth is known.\n\n  On simulated data, without a call."),
  Command.withShortDescription("Measure methods where the truth is known"),
  Command.withSubcommands([cleaners])
)

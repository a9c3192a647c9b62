import { amount } from "./Amount.ts"
import type { BenchCoverage, BenchMethodResult, BenchResult, BenchScenario, BenchSpread } from "./BenchResult.ts"

/** Writes the result of the benchmark as one table for each kind and rate of noise, and one of noise rates over all of them. */
export const renderBenchTable = (result: BenchResult): string => {
  const { draws, heldOutPairs, noiseRates, pairs, scenarios, seed, trustedPairs } = result
  return [
    `Simulated data, seed ${seed}, ${counted(draws, "draw")} of each kind and rate: ${amount(pairs)} pairs, ${amount(trustedPairs)} trusted ones, ${amount(heldOutPairs)} clean ones held out`,
    "Every text, score and vote is made up with known truth; only differences between cleaners mean something.",
    ...scenarios.flatMap((scenario) => ["", ...tableOf(scenario)]),
    "",
    `Noise rates over ${counted(draws * scenarios.length, "draw")} of all kinds and rates`,
    ...aligned(
      ["method", "error", "spread", "RMS", "covers", "rate", "95 % interval"],
      noiseRates.map(({ coverage, error, method, rootMeanSquare }) => [
        method,
        signed(error.mean),
        error.sd === null ? "–" : percent(error.sd),
        percent(rootMeanSquare),
        covers(coverage),
        coverage === null ? "–" : percent(coverage.rate),
        coverage === null ? "–" : `${percent(coverage.ci95[0])} to ${percent(coverage.ci95[1])}`
      ])
    ),
    "",
    "Figures are means over draws, ± one standard deviation between draws. left: wrong share after the treatment. noise: estimated",
    "rate; error: the estimate less the expected share; covers: 95 % intervals that hold the expected share, of all.",
    "model: share of held-out pairs that the embedded reward model orders rightly after training on the result. The",
    `standard error of a mean is its deviation over the root of the draws, here ${draws}.`
  ].join("\n")
}

const counted = (n: number, one: string): string => `${amount(n)} ${n === 1 ? one : `${one}s`}`

const headings = ["cleaner", "flagged", "prec", "recall", "AUROC", "left", "lost", "noise", "error", "covers", "model"]

const tableOf = ({ expectedNoise, kind, leftOut, methods, nWrong, rate }: BenchScenario): ReadonlyArray<string> => [
  `Noise ${kind} ${rate}: ${amount(nWrong.mean)} labels wrong, ${percent(expectedNoise)} expected`,
  ...aligned(headings, methods.map(cellsOf)),
  ...leftOut.map(({ method, reason }) => `Left out: ${method}: ${reason}`)
]

/** Pads cells to columns, the first one to the left. */
const aligned = (heads: ReadonlyArray<string>, body: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const rows = [heads, ...body]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd()
  )
}

const cellsOf = (result: BenchMethodResult): ReadonlyArray<string> => {
  const { accuracy, auroc, flagged, method, noiseLeft, noiseRate, precision, recall, rowsLost, treatment } = result
  return [
    treatment === "keep" ? method : `${method} (${treatment === "softLabel" ? "soft" : treatment})`,
    amount(Math.round(flagged.mean)),
    decimal(precision),
    decimal(recall),
    decimal(auroc),
    percent(noiseLeft.mean),
    amount(Math.round(rowsLost.mean)),
    noiseRate === null ? "–" : percent(noiseRate.estimate.mean),
    noiseRate === null ? "–" : signed(noiseRate.error.mean) + deviation(noiseRate.error),
    noiseRate === null ? "–" : covers(noiseRate.coverage),
    percent(accuracy.mean) + deviation(accuracy)
  ]
}

const decimal = (value: BenchSpread | null): string => (value === null ? "–" : value.mean.toFixed(2))

const deviation = ({ sd }: BenchSpread): string => (sd === null ? "" : ` ±${(100 * sd).toFixed(1)}`)

const covers = (coverage: BenchCoverage | null): string =>
  coverage === null ? "–" : `${coverage.nCovering}/${coverage.nIntervals}`

const signed = (value: number): string => `${value < 0 ? "" : "+"}${percent(value)}`

const percent = (value: number): string => `${(100 * value).toFixed(1)}%`

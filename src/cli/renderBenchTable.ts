import { amount } from "./Amount.ts"
import type { BenchMethodResult, BenchResult, BenchScenario } from "./BenchResult.ts"

/** Writes the result of the benchmark as one table for each kind and rate of noise. */
export const renderBenchTable = (result: BenchResult): string => {
  const { heldOutPairs, pairs, scenarios, seed, trustedPairs } = result
  return [
    `Simulated data, seed ${seed}: ${amount(pairs)} pairs, ${amount(trustedPairs)} trusted ones, ${amount(heldOutPairs)} clean ones held out`,
    "Every text, score and vote is made up with known truth; only differences between cleaners mean something.",
    ...scenarios.flatMap((scenario) => ["", ...tableOf(scenario)]),
    "",
    "left: wrong share after the treatment. noise: estimated rate, its error, and whether the 95 % interval covers.",
    "model: share of held-out pairs that the embedded reward model orders rightly after training on the result;",
    `its standard error is about ${percent(Math.sqrt(0.22 / heldOutPairs))}, so smaller differences may be chance.`
  ].join("\n")
}

const headings = ["cleaner", "flagged", "prec", "recall", "AUROC", "left", "lost", "noise", "error", "covers", "model"]

const tableOf = ({ expectedNoise, kind, leftOut, methods, nWrong, rate }: BenchScenario): ReadonlyArray<string> => {
  const rows = [headings, ...methods.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return [
    `Noise ${kind} ${rate}: ${amount(nWrong)} labels wrong, ${percent(expectedNoise)} expected`,
    ...rows.map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  ")
        .trimEnd()
    ),
    ...leftOut.map(({ method, reason }) => `Left out: ${method}: ${reason}`)
  ]
}

const cellsOf = (result: BenchMethodResult): ReadonlyArray<string> => {
  const { accuracy, auroc, flagged, method, noiseLeft, noiseRate, precision, recall, rowsLost, treatment } = result
  return [
    treatment === "keep" ? method : `${method} (${treatment === "softLabel" ? "soft" : treatment})`,
    amount(flagged),
    decimal(precision),
    decimal(recall),
    decimal(auroc),
    percent(noiseLeft),
    amount(rowsLost),
    noiseRate === null ? "–" : percent(noiseRate.estimate),
    noiseRate === null ? "–" : `${noiseRate.error < 0 ? "" : "+"}${percent(noiseRate.error)}`,
    noiseRate === null || noiseRate.covers === null ? "–" : noiseRate.covers ? "yes" : "no",
    percent(accuracy)
  ]
}

const decimal = (value: number | null): string => (value === null ? "–" : value.toFixed(2))

const percent = (value: number): string => `${(100 * value).toFixed(1)}%`

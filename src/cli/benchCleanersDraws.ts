import { wilson } from "../math/wilson.ts"
import type {
  BenchCoverage,
  BenchKind,
  BenchMethodResult,
  BenchNoiseSummary,
  BenchScenario,
  BenchSpread
} from "./BenchResult.ts"

/** How one cleaner did on one data set; the names are those of `BenchMethodResult`. */
export interface BenchDrawResult {
  readonly method: string
  readonly treatment: BenchMethodResult["treatment"]
  readonly flagged: number
  readonly precision: number | null
  readonly recall: number | null
  readonly auroc: number | null
  readonly noiseLeft: number
  readonly rowsLost: number
  readonly noise: {
    readonly estimate: number
    readonly ci95: readonly [number, number] | null
    /** Share of the labels it is about that are expected to be wrong. */
    readonly expected: number
  } | null
  readonly accuracy: number
}

/** One data set with noise of one kind and rate. */
export interface BenchDraw {
  readonly kind: BenchKind
  readonly rate: number
  readonly nWrong: number
  readonly expectedNoise: number
  readonly methods: ReadonlyArray<BenchDrawResult>
  readonly leftOut: BenchScenario["leftOut"]
}

/**
 * Puts the draws of a benchmark together: per kind and rate, and for noise rates over all of them.
 *
 * Scenarios and methods come in the order of their first draw, what was left out once for each method and reason. Figures that
 * are null in a draw are left out of the mean; where all are null so is the figure. Figures are rounded to four decimals.
 */
export const benchCleanersDraws = (
  draws: ReadonlyArray<BenchDraw>
): { readonly scenarios: ReadonlyArray<BenchScenario>; readonly noiseRates: ReadonlyArray<BenchNoiseSummary> } => {
  const scenarios = [...Map.groupBy(draws, ({ kind, rate }) => `${kind} ${rate}`).values()].map(
    (own): BenchScenario => {
      const left = own.flatMap(({ leftOut }) => leftOut)
      return {
        kind: own[0]!.kind,
        rate: own[0]!.rate,
        nWrong: spread(own.map(({ nWrong }) => nWrong))!,
        expectedNoise: spread(own.map(({ expectedNoise }) => expectedNoise))!.mean,
        methods: byMethod(own.flatMap(({ methods }) => methods)).map(methodOf),
        leftOut: [...new Map(left.map((one) => [`${one.method} ${one.reason}`, one])).values()]
      }
    }
  )
  // Treatments of one method share its estimate, which counts once.
  const all = draws.flatMap(({ methods }) => [...new Map(methods.map((one) => [one.method, one])).values()])
  const noiseRates = [...Map.groupBy(all, ({ method }) => method)].flatMap(([method, results]) => {
    const errors = errorsOf(results)
    if (errors.length === 0) return []
    const squares = errors.reduce((sum, error) => sum + error ** 2, 0)
    return [
      {
        method,
        error: spread(errors)!,
        rootMeanSquare: rounded(Math.sqrt(squares / errors.length)),
        coverage: coverageOf(results)
      }
    ]
  })
  return { scenarios, noiseRates }
}

const byMethod = (results: ReadonlyArray<BenchDrawResult>) => [
  ...Map.groupBy(results, ({ method, treatment }) => `${method} ${treatment}`).values()
]

const methodOf = (results: ReadonlyArray<BenchDrawResult>): BenchMethodResult => {
  const of = (name: "precision" | "recall" | "auroc") => spread(results.map((one) => one[name]))
  const always = (name: "flagged" | "noiseLeft" | "rowsLost" | "accuracy") => spread(results.map((one) => one[name]))!
  const estimate = spread(results.map(({ noise }) => noise?.estimate ?? null))
  return {
    method: results[0]!.method,
    treatment: results[0]!.treatment,
    nDraws: results.length,
    flagged: always("flagged"),
    precision: of("precision"),
    recall: of("recall"),
    auroc: of("auroc"),
    noiseLeft: always("noiseLeft"),
    rowsLost: always("rowsLost"),
    noiseRate:
      estimate === null ? null : { estimate, error: spread(errorsOf(results))!, coverage: coverageOf(results) },
    accuracy: always("accuracy")
  }
}

const errorsOf = (results: ReadonlyArray<BenchDrawResult>): ReadonlyArray<number> =>
  results.flatMap(({ noise }) => (noise === null ? [] : [noise.estimate - noise.expected]))

const coverageOf = (results: ReadonlyArray<BenchDrawResult>): BenchCoverage | null => {
  const covers = results.flatMap(({ noise }) =>
    noise === null || noise.ci95 === null ? [] : [noise.ci95[0] <= noise.expected && noise.expected <= noise.ci95[1]]
  )
  if (covers.length === 0) return null
  const nCovering = covers.filter(Boolean).length
  const { lower, upper } = wilson(nCovering, covers.length)
  return {
    nIntervals: covers.length,
    nCovering,
    rate: rounded(nCovering / covers.length),
    ci95: [rounded(lower), rounded(upper)]
  }
}

const spread = (values: ReadonlyArray<number | null>): BenchSpread | null => {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean: rounded(mean), sd: known.length === 1 ? null : rounded(Math.sqrt(squares / (known.length - 1))) }
}

/** To four decimals; a zero has no sign. */
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4 + 0

/** Ways to plant noise that the benchmark knows: as `plantNoise` names them. */
export const benchKinds = ["uniform", "perAnnotator", "byMargin"] as const

/** One of the kinds of noise. */
export type BenchKind = (typeof benchKinds)[number]

/** What is asked of the benchmark. */
export interface BenchOptions {
  readonly rates: ReadonlyArray<number>
  readonly kinds: ReadonlyArray<BenchKind>
  readonly nPairs: number
  /** Data sets that are drawn for each kind and rate, at least 1. */
  readonly nDraws: number
  readonly seed: number
}

/** A figure over the draws where it is known. */
export interface BenchSpread {
  readonly mean: number
  /** Standard deviation between draws; null for a single one. */
  readonly sd: number | null
}

/** How often 95 % intervals hold what they are about. */
export interface BenchCoverage {
  readonly nIntervals: number
  readonly nCovering: number
  readonly rate: number
  /** Wilson interval of the rate: the draws are independent. */
  readonly ci95: readonly [number, number]
}

/** What a cleaner says of the share of wrong labels; shares in [0, 1]. */
export interface BenchNoise {
  readonly estimate: BenchSpread
  /** The estimate less the expected share of the labels it is about. */
  readonly error: BenchSpread
  /** Null without intervals. */
  readonly coverage: BenchCoverage | null
}

/** How one cleaner did; numbers that have no meaning for it are null. */
export interface BenchMethodResult {
  readonly method: string
  readonly treatment: "keep" | "remove" | "flip" | "softLabel"
  /** Draws in which it could be run. */
  readonly nDraws: number
  readonly flagged: BenchSpread
  /** Share of the flagged rows that are wrong. */
  readonly precision: BenchSpread | null
  /** Share of the wrong rows that are flagged. */
  readonly recall: BenchSpread | null
  readonly auroc: BenchSpread | null
  /** Share of the training weight that says the wrong order after the treatment. */
  readonly noiseLeft: BenchSpread
  readonly rowsLost: BenchSpread
  readonly noiseRate: BenchNoise | null
  /** Share of untouched clean pairs on other prompts that a reward model trained on the result orders rightly. */
  readonly accuracy: BenchSpread
}

/** One kind and rate of noise. */
export interface BenchScenario {
  readonly kind: BenchKind
  readonly rate: number
  /** Rows made wrong, which is also the budget of every rule that takes one. */
  readonly nWrong: BenchSpread
  readonly expectedNoise: number
  readonly methods: ReadonlyArray<BenchMethodResult>
  readonly leftOut: ReadonlyArray<{ readonly method: string; readonly reason: string }>
}

/** How well one method estimates the share of wrong labels, over all draws of all kinds and rates. */
export interface BenchNoiseSummary {
  readonly method: string
  readonly error: BenchSpread
  readonly rootMeanSquare: number
  readonly coverage: BenchCoverage | null
}

/** The result of `prefloom bench cleaners`. */
export interface BenchResult {
  readonly simulated: true
  readonly seed: number
  readonly draws: number
  readonly pairs: number
  readonly heldOutPairs: number
  readonly trustedPairs: number
  readonly scenarios: ReadonlyArray<BenchScenario>
  readonly noiseRates: ReadonlyArray<BenchNoiseSummary>
}

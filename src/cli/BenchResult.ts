/** Ways to plant noise that the benchmark knows: as `plantNoise` names them. */
export const benchKinds = ["uniform", "perAnnotator", "byMargin"] as const

/** One of the kinds of noise. */
export type BenchKind = (typeof benchKinds)[number]

/** What is asked of the benchmark. */
export interface BenchOptions {
  readonly rates: ReadonlyArray<number>
  readonly kinds: ReadonlyArray<BenchKind>
  readonly nPairs: number
  readonly seed: number
}

/** What a cleaner says of the share of wrong labels; shares in [0, 1]. */
export interface BenchNoise {
  readonly estimate: number
  /** The estimate less the expected share of the labels it is about. */
  readonly error: number
  readonly ci95: readonly [number, number] | null
  /** Whether the interval holds the expected share; null without an interval. */
  readonly covers: boolean | null
}

/** How one cleaner did; numbers that have no meaning for it are null. */
export interface BenchMethodResult {
  readonly method: string
  readonly treatment: "keep" | "remove" | "flip" | "softLabel"
  readonly flagged: number
  /** Share of the flagged rows that are wrong. */
  readonly precision: number | null
  /** Share of the wrong rows that are flagged. */
  readonly recall: number | null
  readonly auroc: number | null
  /** Share of the training weight that says the wrong order after the treatment. */
  readonly noiseLeft: number
  readonly rowsLost: number
  readonly noiseRate: BenchNoise | null
  /** Share of untouched clean pairs on other prompts that a reward model trained on the result orders rightly. */
  readonly accuracy: number
}

/** One kind and rate of noise. */
export interface BenchScenario {
  readonly kind: BenchKind
  readonly rate: number
  /** Rows made wrong, which is also the budget of every rule that takes one. */
  readonly nWrong: number
  readonly expectedNoise: number
  readonly methods: ReadonlyArray<BenchMethodResult>
  readonly leftOut: ReadonlyArray<{ readonly method: string; readonly reason: string }>
}

/** The result of `prefloom bench cleaners`. */
export interface BenchResult {
  readonly simulated: true
  readonly seed: number
  readonly pairs: number
  readonly heldOutPairs: number
  readonly trustedPairs: number
  readonly scenarios: ReadonlyArray<BenchScenario>
}

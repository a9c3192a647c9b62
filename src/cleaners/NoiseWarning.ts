/** The part of a fit that is examined: `rePo` and `pooledRePo` both give it. */
export interface NoiseFit {
  readonly reliability: Float64Array
  readonly ci95: { readonly lower: Float64Array; readonly upper: Float64Array }
  readonly nLabels: Int32Array
  readonly iterations: number
  readonly converged: boolean
}

/** A reason to doubt a noise estimate. */
export interface NoiseWarning {
  readonly code:
    | "uncalibrated"
    | "evidenceFromLabels"
    | "mirrored"
    | "noSignal"
    | "majorityBelowChance"
    | "noEvidence"
    | "oneVote"
    | "tooFewOverlaps"
    | "correlatedJudges"
    | "notConverged"
    | "notIdentified"
    | "fewLabels"
    | "nearHalf"
    | "belowHalf"
  /** Whether no reliability and no noise rate of the fit may be shown: what is there is not an estimate. */
  readonly refuses: boolean
  /** What was found, what it means and what to do, in plain words. */
  readonly message: string
  /** Index of the annotator it is about; absent when it is about the whole fit. */
  readonly annotator?: number
}

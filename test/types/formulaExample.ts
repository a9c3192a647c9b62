import { rePo } from "prefloom/cleaners/rePo"

/** Six labels by two annotators, with a calibrated probability of each recorded order. */
export const { labelProb, noiseRate, reliability } = rePo(
  {
    pModel: Float64Array.of(0.9, 0.8, 0.1, 0.7, 0.3, 0.6),
    annotator: Int32Array.of(0, 0, 0, 1, 1, 1),
    nAnnotators: 2
  },
  { solver: "newton" }
)

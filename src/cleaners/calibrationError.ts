/** Input of `calibrationError`: one entry per row. */
export interface CalibrationErrorInput {
  /** Predicted probability of the outcome, in [0, 1]. */
  readonly predicted: Float64Array
  /** 1 when the outcome came about, else 0. */
  readonly outcome: Uint8Array
  /** Bins wanted, a positive integer; default 10. */
  readonly nBins?: number
}

/** One point of a reliability diagram. */
export interface CalibrationBin {
  readonly meanPredicted: number
  /** Share of rows with outcome 1. */
  readonly observedShare: number
  readonly count: number
}

/**
 * Measures how far predicted probabilities are from observed shares, in bins that hold equally many rows.
 *
 * The expected calibration error is the mean of `|meanPredicted - observedShare|` over the bins, counted by rows: 0 is
 * perfect, below about `sqrt(nBins / rows) / 3` is what chance gives. Rows are sorted by prediction and cut into bins
 * whose sizes differ by at most one; equal predictions stay in one bin, so the order of the rows never decides and
 * there may be fewer bins than wanted. Bins come in rising order, none empty. Without rows the error is NaN and there
 * are no bins. Time O(n log n), memory O(n). Throws a RangeError on arrays of unequal length, a prediction outside [0,
 * 1] or NaN, or `nBins` below 1.
 *
 * Source: Naeini et al. 2015, https://doi.org/10.1609/aaai.v29i1.9602; equal-mass bins as in Nguyen and O'Connor 2015,
 * https://doi.org/10.18653/v1/D15-1182
 */
export const calibrationError = ({
  nBins = 10,
  outcome,
  predicted
}: CalibrationErrorInput): { readonly calibrationError: number; readonly bins: Array<CalibrationBin> } => {
  check({ nBins, outcome, predicted })
  const nRows = predicted.length
  const order = Uint32Array.from({ length: nRows }, (_, i) => i).toSorted((a, b) => predicted[a]! - predicted[b]!)
  const bins: Array<CalibrationBin> = []
  let error = 0
  let start = 0
  for (let bin = 1; bin <= nBins && start < nRows; bin++) {
    let end = Math.max(Math.floor((bin * nRows) / nBins), start)
    while (end > start && end < nRows && predicted[order[end]!] === predicted[order[end - 1]!]) end++
    if (end === start) continue
    let sumPredicted = 0
    let nHappened = 0
    for (let i = start; i < end; i++) {
      sumPredicted += predicted[order[i]!]!
      nHappened += outcome[order[i]!] === 0 ? 0 : 1
    }
    const count = end - start
    bins.push({ meanPredicted: sumPredicted / count, observedShare: nHappened / count, count })
    error += Math.abs(sumPredicted - nHappened) / nRows
    start = end
  }
  return { calibrationError: nRows === 0 ? Number.NaN : error, bins }
}

const check = ({ nBins, outcome, predicted }: Required<CalibrationErrorInput>): void => {
  const action = "Cannot measure calibration"
  if (predicted.length !== outcome.length) {
    throw new RangeError(
      `${action}: found ${predicted.length} predictions and ${outcome.length} outcomes, expected one each`
    )
  }
  if (!Number.isInteger(nBins) || nBins < 1) {
    throw new RangeError(`${action}: found nBins ${nBins}, expected a positive integer`)
  }
  const bad = predicted.findIndex((p) => !(p >= 0 && p <= 1))
  if (bad >= 0) throw new RangeError(`${action}: found prediction ${predicted[bad]} at row ${bad}, expected 0 to 1`)
}

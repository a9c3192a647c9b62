/** Input of `confidentLearning`: one entry per row. */
export interface ConfidentLearningInput {
  /** Class given: 0 to `nClasses - 1`. */
  readonly label: Int8Array
  /** Rows by classes, row-major: probabilities from a model that was not trained on the row. */
  readonly pModel: Float64Array
  readonly nClasses: number
}

/** Result of `confidentLearning`. */
export interface ConfidentLearning {
  /** Per class, the mean probability of the class over rows labelled so; NaN without rows. */
  readonly thresholds: Float64Array
  /** Given class by confident class, row-major: rows that the model is confident about. */
  readonly counts: Float64Array
  /** Given class by true class, row-major: `counts` scaled to the rows of each given class; sums to the number of rows. */
  readonly joint: Float64Array
  /** Off-diagonal share of `joint`, in [0, 1]; NaN without rows. */
  readonly noiseRate: number
  /** Per row, 1 where the confident class differs from the label. */
  readonly offDiagonal: Uint8Array
  /** Per row, 1 where prune-by-noise-rate flags it. */
  readonly pruneByNoiseRate: Uint8Array
}

/**
 * Finds labels that contradict a model's confident opinion, and how many there are.
 *
 * A row counts as confidently j if its probability of j reaches the threshold of j (if several do, the likeliest; if none,
 * it is not counted). Each row of the counts table is scaled to the number of rows labelled so; a class without any counts
 * as all right. Two ways to flag: "off diagonal", rows counted under another class than their own; and "prune by noise
 * rate", which for each pair given g, true t takes as many rows labelled g as the scaled table says, rounded, those with the
 * largest `p_t - p_g`, earlier rows first among equals. A row whose likeliest class is its label is never flagged.
 *
 * It measures "disagrees with the likelier answer", so where answers are close it counts honest votes as errors: with
 * 20 % of flips it finds 38, 30 and 25 % at margins of standard deviation 1, 2 and 4. Not comparable with `rePo`, which
 * measures "differs from a calibrated draw". Evidence that saw the label flags too little.
 *
 * Deterministic; permuted rows permute the answer but for ties at the cut. Time O(rows (classes + log rows)), memory O(rows +
 * classes²). Throws a RangeError on labels or probabilities out of range.
 *
 * Source: Northcutt, Jiang and Chuang 2021, https://doi.org/10.1613/jair.1.12125
 */
export const confidentLearning = (input: ConfidentLearningInput): ConfidentLearning => {
  check(input)
  const { label, nClasses, pModel } = input
  const nRows = label.length
  const nGiven = new Int32Array(nClasses)
  const thresholds = new Float64Array(nClasses)
  for (let i = 0; i < nRows; i++) {
    nGiven[label[i]!]!++
    thresholds[label[i]!]! += pModel[i * nClasses + label[i]!]!
  }
  for (let c = 0; c < nClasses; c++) thresholds[c]! /= nGiven[c]!

  const counts = new Float64Array(nClasses * nClasses)
  const offDiagonal = new Uint8Array(nRows)
  const isLikeliest = new Uint8Array(nRows)
  for (let i = 0; i < nRows; i++) {
    const row = i * nClasses
    const given = label[i]!
    let confident = -1
    let largest = 0
    for (let c = 0; c < nClasses; c++) {
      const p = pModel[row + c]!
      if (p > largest) largest = p
      // Rounding of the mean must not exclude rows that are all alike.
      if (p >= thresholds[c]! - 1e-9 && (confident === -1 || p > pModel[row + confident]!)) confident = c
    }
    isLikeliest[i] = pModel[row + given] === largest ? 1 : 0
    if (confident === -1) continue
    if (isLikeliest[i] === 1 && pModel[row + given]! >= thresholds[given]! - 1e-9) confident = given
    counts[given * nClasses + confident]!++
    if (confident !== given && isLikeliest[i] === 0) offDiagonal[i] = 1
  }

  const joint = new Float64Array(nClasses * nClasses)
  let wrong = 0
  for (let g = 0; g < nClasses; g++) {
    const row = counts.subarray(g * nClasses, (g + 1) * nClasses)
    const total = row.reduce((sum, count) => sum + count, 0)
    for (let t = 0; t < nClasses; t++) {
      const share = total === 0 ? Number(t === g) : row[t]! / total
      joint[g * nClasses + t] = share * nGiven[g]!
      if (t !== g) wrong += share * nGiven[g]!
    }
  }
  return {
    thresholds,
    counts,
    joint,
    noiseRate: wrong / nRows,
    offDiagonal,
    pruneByNoiseRate: prune(input, joint, isLikeliest)
  }
}

const prune = ({ label, nClasses, pModel }: ConfidentLearningInput, joint: Float64Array, isLikeliest: Uint8Array) => {
  const flags = new Uint8Array(label.length)
  for (let g = 0; g < nClasses; g++) {
    const rows: Array<number> = []
    for (let i = 0; i < label.length; i++) if (label[i] === g) rows.push(i)
    for (let t = 0; t < nClasses; t++) {
      const nFlags = Math.round(joint[g * nClasses + t]!)
      if (t === g || nFlags === 0) continue
      const gap = (i: number) => pModel[i * nClasses + t]! - pModel[i * nClasses + g]!
      const worst = rows.toSorted((a, b) => gap(b) - gap(a) || a - b).slice(0, nFlags)
      for (const i of worst) if (isLikeliest[i] === 0) flags[i] = 1
    }
  }
  return flags
}

const check = ({ label, nClasses, pModel }: ConfidentLearningInput): void => {
  const action = "Cannot learn confidently"
  if (pModel.length !== label.length * nClasses) {
    throw new RangeError(
      `${action}: found ${pModel.length} probabilities for ${label.length} labels, expected ${nClasses} each`
    )
  }
  const badLabel = label.findIndex((c) => c < 0 || c >= nClasses)
  if (badLabel >= 0) {
    throw new RangeError(`${action}: found label ${label[badLabel]} at row ${badLabel}, expected 0 to ${nClasses - 1}`)
  }
  const bad = pModel.findIndex((p) => !(p >= 0 && p <= 1))
  if (bad >= 0) {
    throw new RangeError(`${action}: found p ${pModel[bad]} at row ${Math.floor(bad / nClasses)}, expected 0 to 1`)
  }
}

/**
 * Picks per item the class with the largest value, or -1 where the largest is shared or there is none.
 *
 * `classProb` is items by classes, row-major; values within 1e-9 of the largest share it, so that rounding decides
 * nothing. A row of NaN gives -1. Time O(items · classes).
 */
export const likeliestClass = (classProb: Float64Array, nClasses: number): Int8Array => {
  const nItems = classProb.length / nClasses
  const likeliest = new Int8Array(nItems)
  for (let i = 0; i < nItems; i++) {
    let best = 0
    for (let c = 1; c < nClasses; c++) {
      if (classProb[i * nClasses + c]! > classProb[i * nClasses + best]!) best = c
    }
    const floor = classProb[i * nClasses + best]! - 1e-9
    let nBest = 0
    for (let c = 0; c < nClasses; c++) if (classProb[i * nClasses + c]! >= floor) nBest++
    likeliest[i] = nBest === 1 ? best : -1
  }
  return likeliest
}

import { checkColumns } from "./Flags.ts"

/**
 * Computes how well a score ranks suspects: the probability that a wrong row scores below a right one (AUROC).
 *
 * One entry per row; low scores are suspect, as in all flagging rules; equal scores count half. 1 is perfect, 1/2 is what a
 * coin gets, below 1/2 the score points the wrong way. Rows with a NaN score are left out; NaN where no wrong or no right
 * row is left. Time O(N log N). Throws a RangeError on unequal lengths.
 *
 * Source: Mann and Whitney 1947, https://doi.org/10.1214/aoms/1177730491
 */
export const areaUnderRoc = (score: Float64Array, isWrong: Uint8Array): number => {
  checkColumns("Cannot compute the area under the curve", score.length, { isWrong })
  const order = Array.from(score.keys())
    .filter((i) => !Number.isNaN(score[i]!))
    .sort((a, b) => score[b]! - score[a]!)
  let rankSum = 0
  let nWrong = 0
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && score[order[to]!] === score[order[from]!]) to++
    for (const i of order.slice(from, to)) {
      if (isWrong[i] === 0) continue
      rankSum += (from + to + 1) / 2
      nWrong++
    }
    from = to
  }
  return (rankSum - (nWrong * (nWrong + 1)) / 2) / (nWrong * (order.length - nWrong))
}

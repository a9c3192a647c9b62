/** The probability that a row with outcome 1 has the higher score than one with outcome 0, equal scores counting half. */
export const areaUnderRoc = (score: ArrayLike<number>, outcome: ArrayLike<number>): number => {
  const order = Array.from({ length: score.length }, (_, i) => i).sort((a, b) => score[a]! - score[b]!)
  let rankSum = 0
  let nOnes = 0
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && score[order[to]!] === score[order[from]!]) to++
    for (let k = from; k < to; k++) {
      if (outcome[order[k]!] !== 1) continue
      rankSum += (from + to + 1) / 2
      nOnes++
    }
    from = to
  }
  return (rankSum - (nOnes * (nOnes + 1)) / 2) / (nOnes * (order.length - nOnes))
}

/**
 * Gives the class of each place in a sequence whose every beginning holds the classes in the given proportion.
 *
 * `weights` are positive, one per class. Of the first k places class i has `k weights[i] / sum` but for less than one: for n
 * classes the difference is at most `1 - 1 / (2n - 2)`, the best that is possible for all weights. Without an end; the same
 * weights give the same sequence. Time O(classes) a place. Throws a RangeError on a weight that is not positive and finite.
 *
 * Source: Tijdeman 1980, The chairman assignment problem, https://doi.org/10.1016/0012-365X(80)90269-1
 */
export function* evenSequence(weights: ReadonlyArray<number>): Generator<number, never> {
  const bad = weights.find((weight) => !(weight > 0 && Number.isFinite(weight)))
  if (bad !== undefined || weights.length === 0) {
    throw new RangeError(
      `Cannot mix classes: found ${bad === undefined ? "no weights" : `weight ${bad}`}, expected positive numbers`
    )
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const slack = weights.length === 1 ? 0 : total / (2 * weights.length - 2)
  const given = new Float64Array(weights.length)
  for (let k = 1; ; k++) {
    let next = -1
    let soonest = Number.POSITIVE_INFINITY
    for (const [i, weight] of weights.entries()) {
      const lag = k * weight - given[i]! * total
      // Rounding of lags that are equal to the slack must not leave a place empty.
      if (lag < slack - 1e-9 * total) continue
      const due = (total - slack - lag) / weight
      if (due < soonest) {
        soonest = due
        next = i
      }
    }
    given[next]!++
    yield next
  }
}

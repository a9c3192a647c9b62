import type { BetaPrior } from "./reliabilityLikelihood.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"

/**
 * Computes the covariance of the reliabilities of `pooledRePo` from the observed information.
 *
 * `reliability` has one entry per annotator, `posterior` one per item (probability of side 1, at these reliabilities).
 * Only annotators with 1 in `counted` take part: those inside (0, 1) that the votes determine; the others are taken
 * as known. The information is that of complete data less what the hidden truth of the items takes away, which couples
 * the annotators who voted on the same item. Returns the matrix of all annotators by rows, 0 for those not counted; null when the
 * information is not positive definite, so that the votes do not determine the reliabilities.
 * Time O(sum of squared votes per item + K³), memory O(K² + votes) for K annotators.
 *
 * Source: Louis 1982, https://doi.org/10.1111/j.2517-6161.1982.tb01203.x
 */
export const pooledCovariance = (
  { annotator, item, nAnnotators, pModel, side }: PooledVotes,
  reliability: Float64Array,
  posterior: Float64Array,
  counted: Uint8Array,
  { a, b }: BetaPrior
): Float64Array | null => {
  const index = new Int32Array(nAnnotators).fill(-1)
  const members: Array<number> = []
  for (let k = 0; k < nAnnotators; k++) if (counted[k] === 1) index[k] = members.push(k) - 1
  const n = members.length
  const information = new Float64Array(n * n)
  const used = Uint32Array.from(item.keys()).filter((v) => side[v] !== 0 && index[annotator[v]!]! >= 0)
  const starts = new Int32Array(pModel.length + 1)
  for (const v of used) starts[item[v]! + 1]!++
  for (let i = 0; i < pModel.length; i++) starts[i + 1]! += starts[i]!
  const next = starts.slice()
  const sorted = new Uint32Array(used.length)
  for (const v of used) sorted[next[item[v]!]!++] = v
  for (let i = 0; i < pModel.length; i++) {
    const q = posterior[i]!
    const hidden = q * (1 - q)
    for (let x = starts[i]!; x < starts[i + 1]!; x++) {
      const v = sorted[x]!
      const k = index[annotator[v]!]!
      const r = reliability[annotator[v]!]!
      const right = side[v] === 1 ? q : 1 - q
      information[k * n + k]! += right / r ** 2 + (1 - right) / (1 - r) ** 2
      const own = side[v]! / (r * (1 - r))
      for (let y = starts[i]!; y < starts[i + 1]!; y++) {
        const u = sorted[y]!
        const s = reliability[annotator[u]!]!
        information[k * n + index[annotator[u]!]!]! -= (hidden * own * side[u]!) / (s * (1 - s))
      }
    }
  }
  for (const [at, k] of members.entries()) {
    const r = reliability[k]!
    information[at * n + at]! += (a - 1) / r ** 2 + (b - 1) / (1 - r) ** 2
  }
  const inverse = invert(information, n)
  if (inverse === null) return null
  const covariance = new Float64Array(nAnnotators * nAnnotators)
  for (const [x, k] of members.entries()) {
    for (const [y, j] of members.entries()) covariance[k * nAnnotators + j] = inverse[x * n + y]!
  }
  return covariance
}

/** Inverts a symmetric matrix by its Cholesky factor; null unless it is positive definite beyond rounding. */
const invert = (matrix: Float64Array, n: number): Float64Array | null => {
  const factor = matrix.slice()
  for (let j = 0; j < n; j++) {
    let pivot = factor[j * n + j]!
    for (let m = 0; m < j; m++) pivot -= factor[j * n + m]! ** 2
    if (!(pivot > 1e-9 * matrix[j * n + j]!)) return null
    const root = Math.sqrt(pivot)
    factor[j * n + j] = root
    for (let i = j + 1; i < n; i++) {
      let sum = factor[i * n + j]!
      for (let m = 0; m < j; m++) sum -= factor[i * n + m]! * factor[j * n + m]!
      factor[i * n + j] = sum / root
    }
  }
  const inverse = new Float64Array(n * n)
  const column = new Float64Array(n)
  for (let c = 0; c < n; c++) {
    for (let i = c; i < n; i++) {
      let sum = i === c ? 1 : 0
      for (let m = c; m < i; m++) sum -= factor[i * n + m]! * column[m]!
      column[i] = sum / factor[i * n + i]!
    }
    for (let i = n - 1; i >= c; i--) {
      let sum = column[i]!
      for (let m = i + 1; m < n; m++) sum -= factor[m * n + i]! * inverse[m * n + c]!
      inverse[i * n + c] = sum / factor[i * n + i]!
      inverse[c * n + i] = inverse[i * n + c]!
    }
  }
  return inverse
}

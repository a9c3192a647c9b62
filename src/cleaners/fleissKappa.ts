import { checkVotes, type Votes } from "./Votes.ts"

/** Result of `fleissKappa`. */
export interface FleissKappa {
  /** 1 = perfect agreement, 0 = that of chance; NaN where only one class was used or no item has two votes. */
  readonly kappa: number
  /** Mean over items of the share of pairs of votes that agree. */
  readonly observed: number
  /** Chance that two votes drawn from all agree. */
  readonly expected: number
  /** Items with at least two votes; the others are left out. */
  readonly nItems: number
}

/**
 * Measures agreement of several annotators per item beyond what the frequency of classes explains.
 *
 * Meant for the same number of votes on every item. Where it varies, every item still counts once in `observed` and every
 * vote once in `expected`; `krippendorffAlpha`, which weighs items by their votes, is the better choice then. Deterministic. Time O(votes + items ·
 * classes). Throws a RangeError on votes out of range.
 *
 * Source: Fleiss 1971, https://doi.org/10.1037/h0031619
 */
export const fleissKappa = (votes: Votes): FleissKappa => {
  checkVotes("Cannot compute Fleiss' kappa", votes)
  const { item, label, nClasses } = votes
  const counts = new Float64Array(votes.nItems * nClasses)
  for (let v = 0; v < item.length; v++) counts[item[v]! * nClasses + label[v]!]!++
  const totals = new Float64Array(nClasses)
  let nItems = 0
  let nVotes = 0
  let sum = 0
  for (let i = 0; i < votes.nItems; i++) {
    const row = counts.subarray(i * nClasses, (i + 1) * nClasses)
    const n = row.reduce((total, count) => total + count, 0)
    if (n < 2) continue
    nItems++
    nVotes += n
    let agreeing = 0
    for (let c = 0; c < nClasses; c++) {
      totals[c]! += row[c]!
      agreeing += row[c]! * (row[c]! - 1)
    }
    sum += agreeing / (n * (n - 1))
  }
  const observed = sum / nItems
  const expected = totals.reduce((total, count) => total + (count / nVotes) ** 2, 0)
  return { kappa: expected === 1 ? Number.NaN : (observed - expected) / (1 - expected), observed, expected, nItems }
}

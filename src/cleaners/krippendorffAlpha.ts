import { checkVotes, type Votes } from "./Votes.ts"

/** Options of `krippendorffAlpha`. */
export interface KrippendorffAlphaOptions {
  /** How far two classes are apart: "nominal" (default) all alike, "ordinal" by the votes between, "interval" by value. */
  readonly level?: "nominal" | "ordinal" | "interval"
  /** Value of each class for "interval", in order of classes; default 0, 1, 2 and so on. */
  readonly values?: Float64Array
}

/** Result of `krippendorffAlpha`. */
export interface KrippendorffAlpha {
  /** 1 = perfect agreement, 0 = that of chance, below 0 = systematic disagreement; NaN where only one class was used. */
  readonly alpha: number
  /** Mean distance between votes on the same item, and between votes at large. */
  readonly observed: number
  readonly expected: number
  /** Votes on items with at least two. */
  readonly nPairable: number
}

/**
 * Measures agreement of any number of annotators, of whom each may have judged any part of the items.
 *
 * `alpha = 1 - observed / expected` disagreement, from the coincidence matrix of votes on the same item; items with one vote
 * are left out. "ordinal" takes classes as ordered 0 < 1 < …: not for A, B and tie, unless tie is put between. Two
 * votes of one annotator on an item count like those of two. Deterministic. Time O(votes + items · classes²). Throws a
 * RangeError on votes out of range or values that are not one per class.
 *
 * Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability, https://repository.upenn.edu/asc_papers/43
 */
export const krippendorffAlpha = (votes: Votes, options: KrippendorffAlphaOptions = {}): KrippendorffAlpha => {
  const action = "Cannot compute Krippendorff's alpha"
  checkVotes(action, votes)
  const { item, label, nClasses, nItems } = votes
  const { level = "nominal", values } = options
  if (values !== undefined && values.length !== nClasses) {
    throw new RangeError(`${action}: found ${values.length} values for ${nClasses} classes, expected one each`)
  }
  const counts = new Float64Array(nItems * nClasses)
  for (let v = 0; v < item.length; v++) counts[item[v]! * nClasses + label[v]!]!++

  const coincidence = new Float64Array(nClasses * nClasses)
  const totals = new Float64Array(nClasses)
  let nPairable = 0
  for (let i = 0; i < nItems; i++) {
    const row = counts.subarray(i * nClasses, (i + 1) * nClasses)
    const n = row.reduce((sum, count) => sum + count, 0)
    if (n < 2) continue
    nPairable += n
    for (let c = 0; c < nClasses; c++) {
      totals[c]! += row[c]!
      for (let d = 0; d < nClasses; d++) {
        coincidence[c * nClasses + d]! += (row[c]! * (row[d]! - Number(c === d))) / (n - 1)
      }
    }
  }
  const distance = (c: number, d: number): number => {
    if (c === d) return 0
    if (level === "nominal") return 1
    if (level === "interval") return (values === undefined ? c - d : values[c]! - values[d]!) ** 2
    let between = 0
    for (let g = Math.min(c, d); g <= Math.max(c, d); g++) between += totals[g]!
    return (between - (totals[c]! + totals[d]!) / 2) ** 2
  }
  let observed = 0
  let expected = 0
  for (let c = 0; c < nClasses; c++) {
    for (let d = 0; d < nClasses; d++) {
      const apart = distance(c, d)
      observed += (coincidence[c * nClasses + d]! * apart) / nPairable
      expected += (totals[c]! * totals[d]! * apart) / (nPairable * (nPairable - 1))
    }
  }
  return { alpha: expected === 0 ? Number.NaN : 1 - observed / expected, observed, expected, nPairable }
}

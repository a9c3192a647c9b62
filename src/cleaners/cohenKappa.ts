/** Input of `cohenKappa`: one entry per item, -1 where an annotator gave no label. */
export interface CohenKappaInput {
  readonly first: Int8Array
  readonly second: Int8Array
  readonly nClasses: number
}

/** Result of `cohenKappa`. */
export interface CohenKappa {
  /** 1 = perfect agreement, 0 = that of chance; NaN where chance leaves nothing to disagree about. */
  readonly kappa: number
  /** Mean weight of disagreement as observed, and if the two were independent. */
  readonly observed: number
  readonly expected: number
  /** Items that both labelled. */
  readonly nBoth: number
}

/**
 * Measures agreement of two annotators beyond what their frequencies of classes explain.
 *
 * `kappa = 1 - observed / expected` with the weights of disagreement: "nominal" (default) 1 for any two classes, "linear"
 * and "quadratic" the distance of class numbers and its square, or a table of classes by classes, row-major, at least 0
 * with zeros on the diagonal. Items that one of them did not label are left out. Deterministic. Time O(items + classes²).
 * Throws a RangeError on arrays of unequal length, classes out of range or a table of the wrong size.
 *
 * Source: Cohen 1960, https://doi.org/10.1177/001316446002000104; weighted: Cohen 1968, https://doi.org/10.1037/h0026256
 */
export const cohenKappa = (
  { first, nClasses, second }: CohenKappaInput,
  weights: "nominal" | "linear" | "quadratic" | Float64Array = "nominal"
): CohenKappa => {
  const action = "Cannot compute Cohen's kappa"
  if (first.length !== second.length) {
    throw new RangeError(`${action}: found ${first.length} and ${second.length} labels, expected as many of each`)
  }
  if (typeof weights !== "string" && weights.length !== nClasses * nClasses) {
    throw new RangeError(`${action}: found ${weights.length} weights, expected ${nClasses * nClasses}`)
  }
  const table = new Float64Array(nClasses * nClasses)
  let nBoth = 0
  for (let i = 0; i < first.length; i++) {
    const a = first[i]!
    const b = second[i]!
    if (a < -1 || b < -1 || a >= nClasses || b >= nClasses) {
      throw new RangeError(`${action}: found labels ${a} and ${b} at item ${i}, expected -1 to ${nClasses - 1}`)
    }
    if (a === -1 || b === -1) continue
    table[a * nClasses + b]!++
    nBoth++
  }
  const weight = (a: number, b: number): number => {
    if (typeof weights !== "string") return weights[a * nClasses + b]!
    if (weights === "nominal") return Number(a !== b)
    return weights === "linear" ? Math.abs(a - b) : (a - b) ** 2
  }
  const rows = new Float64Array(nClasses)
  const columns = new Float64Array(nClasses)
  for (let a = 0; a < nClasses; a++) {
    for (let b = 0; b < nClasses; b++) {
      rows[a]! += table[a * nClasses + b]! / nBoth
      columns[b]! += table[a * nClasses + b]! / nBoth
    }
  }
  let observed = 0
  let expected = 0
  for (let a = 0; a < nClasses; a++) {
    for (let b = 0; b < nClasses; b++) {
      observed += (weight(a, b) * table[a * nClasses + b]!) / nBoth
      expected += weight(a, b) * rows[a]! * columns[b]!
    }
  }
  return { kappa: expected === 0 ? Number.NaN : 1 - observed / expected, observed, expected, nBoth }
}

/**
 * Verdicts of annotators on pairs of candidates, one entry per verdict, as shown: position matters, so sides are not
 * canonicalised. Ties are left out. A candidate may meet any number of others; its index is all that ties them together.
 */
export interface Comparisons {
  /** Candidate shown first: 0 to `nCandidates - 1`. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** 1 where the first won, 0 where the second did. */
  readonly firstWon: Uint8Array
  /** Who judged: 0 to `nAnnotators - 1`. */
  readonly annotator: Int32Array
  readonly nCandidates: number
  readonly nAnnotators: number
}

/** Throws a RangeError, starting with `action`, unless arrays are of equal length and every index is in range. */
export const checkComparisons = (action: string, comparisons: Comparisons): void => {
  const { annotator, first, firstWon, nAnnotators, nCandidates, second } = comparisons
  const lengths = [first.length, second.length, firstWon.length, annotator.length]
  if (lengths.some((length) => length !== lengths[0])) {
    throw new RangeError(
      `${action}: found ${lengths.join(", ")} entries in first, second, firstWon and annotator, expected one of each per ` +
        "comparison"
    )
  }
  const columns = [
    ["first", first, nCandidates],
    ["second", second, nCandidates],
    ["firstWon", firstWon, 2],
    ["annotator", annotator, nAnnotators]
  ] as const
  for (const [name, values, end] of columns) {
    for (let i = 0; i < values.length; i++) {
      if (values[i]! < 0 || values[i]! >= end) {
        throw new RangeError(`${action}: found ${name} ${values[i]} at comparison ${i}, expected 0 to ${end - 1}`)
      }
    }
  }
  for (let i = 0; i < first.length; i++) {
    if (first[i] === second[i]) {
      throw new RangeError(
        `${action}: found candidate ${first[i]} on both sides of comparison ${i}, expected two; leave it out`
      )
    }
  }
}

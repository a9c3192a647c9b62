/**
 * Computes the cosine of the angle between two vectors, from -1 to 1.
 *
 * NaN where one of them is zero or not finite. Time O(length). Throws a RangeError on vectors of unequal length.
 */
export const cosineSimilarity = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  if (a.length !== b.length) {
    throw new RangeError(
      `Cannot compare embeddings: found one of ${a.length} numbers and one of ${b.length}, expected as many`
    )
  }
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  return Number.isNaN(cosine) ? cosine : Math.max(-1, Math.min(1, cosine))
}

const dot = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0)

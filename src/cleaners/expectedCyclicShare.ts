import { sigmoid } from "../math/sigmoid.ts"

/**
 * Computes the share of triples that go round when verdicts are drawn honestly and then flipped with an error rate.
 *
 * Scores of the responses are normal with standard deviation `scoreSd` (logits; Infinity, the default, means that the
 * better one always wins), the better of two wins with probability `sigmoid(gap)`, and each verdict is flipped with
 * `errorRate`, in [0, 1], independently. In [0, 1/4]: `errorRate (1 - errorRate)` for infinite `scoreSd`, 1/4 for scores
 * that are all alike. The double integral is a sum over 161² nodes, right to 1e-6 up to a `scoreSd` of 10. Throws a
 * RangeError on values out of range.
 */
export const expectedCyclicShare = (errorRate: number, scoreSd = Number.POSITIVE_INFINITY): number => {
  if (!(errorRate >= 0 && errorRate <= 1 && scoreSd >= 0)) {
    throw new RangeError(
      `Cannot compute a cyclic share: found errorRate ${errorRate} and scoreSd ${scoreSd}, expected 0 to 1 and at least 0`
    )
  }
  if (scoreSd === Number.POSITIVE_INFINITY) return errorRate * (1 - errorRate)
  const wins = (gap: number) => errorRate + (1 - 2 * errorRate) * sigmoid(gap)
  // Two independent contrasts of three scores: u = (a - b) / √2 and v = (a + b - 2c) / √6.
  let sum = 0
  let total = 0
  for (let i = -80; i <= 80; i++) {
    const u = scoreSd * (i / 10)
    for (let j = -80; j <= 80; j++) {
      const v = scoreSd * (j / 10)
      const density = Math.exp(-(i * i + j * j) / 200)
      const ab = Math.SQRT2 * u
      const bc = (Math.sqrt(6) * v - Math.SQRT2 * u) / 2
      sum += density * wins(ab) * wins(bc) * wins(-ab - bc)
      total += density
    }
  }
  // Both directions are equally likely.
  return (2 * sum) / total
}

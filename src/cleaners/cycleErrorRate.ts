import { findRoot } from "../math/findRoot.ts"
import { expectedCyclicShare } from "./expectedCyclicShare.ts"

/**
 * Estimates how often verdicts are flipped from the share of triples that go round.
 *
 * Inverts `expectedCyclicShare`, whose arguments these are: with the default `scoreSd` of Infinity all cycles are blamed on
 * errors, so it is an upper bound, `(1 - sqrt(1 - 4 share)) / 2`. The answer is in [0, 1/2]: 0 where honest judges would go
 * round as often or more, 1/2 from a share of 1/4, that of coins. NaN stays NaN (no triples). Time some 10 evaluations of
 * `expectedCyclicShare`, 1 ms each. Throws a RangeError on a share outside [0, 1] or a negative `scoreSd`.
 */
export const cycleErrorRate = (cyclicShare: number, scoreSd = Number.POSITIVE_INFINITY): number => {
  if (Number.isNaN(cyclicShare)) return Number.NaN
  if (!(cyclicShare >= 0 && cyclicShare <= 1)) {
    throw new RangeError(`Cannot estimate an error rate: found cyclic share ${cyclicShare}, expected 0 to 1`)
  }
  if (cyclicShare >= 0.25) return 0.5
  if (scoreSd === Number.POSITIVE_INFINITY) return (1 - Math.sqrt(1 - 4 * cyclicShare)) / 2
  if (expectedCyclicShare(0, scoreSd) >= cyclicShare) return 0
  const excess = (rate: number) => cyclicShare - expectedCyclicShare(rate, scoreSd)
  const { root } = findRoot({
    evaluate: (rate) => [excess(rate), (excess(rate + 1e-5) - excess(rate)) / 1e-5],
    lower: 0,
    upper: 0.5,
    start: 0.1,
    tolerance: 1e-9
  })
  return root
}

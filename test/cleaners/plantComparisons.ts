import type { Comparisons } from "../../src/cleaners/Comparisons.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

/**
 * Draws comparisons of random pairs by random annotators. Scores are N(0, scoreSd²); an annotator looks with probability
 * `skill` and else picks the first with probability `firstBias`; who looks reports Bradley-Terry.
 */
export const plantComparisons = (plan: {
  readonly nComparisons: number
  readonly nCandidates: number
  readonly scoreSd: number
  readonly skill: Float64Array
  readonly firstBias: Float64Array
  readonly seed: string | number
}): { readonly comparisons: Comparisons; readonly score: Float64Array } => {
  const { firstBias, nCandidates, nComparisons, scoreSd, seed, skill } = plan
  const random = keyedRandom("plantComparisons", seed)
  const score = Float64Array.from({ length: nCandidates }, () => scoreSd * normal(random))
  const first = new Int32Array(nComparisons)
  const second = new Int32Array(nComparisons)
  const firstWon = new Uint8Array(nComparisons)
  const annotator = new Int32Array(nComparisons)
  for (let i = 0; i < nComparisons; i++) {
    const a = Math.floor(random() * nCandidates)
    const b = (a + 1 + Math.floor(random() * (nCandidates - 1))) % nCandidates
    const k = Math.floor(random() * skill.length)
    const chance = random() < skill[k]! ? sigmoid(score[a]! - score[b]!) : firstBias[k]!
    first[i] = a
    second[i] = b
    annotator[i] = k
    firstWon[i] = random() < chance ? 1 : 0
  }
  return { comparisons: { first, second, firstWon, annotator, nCandidates, nAnnotators: skill.length }, score }
}

/** Spearman's rank correlation; values are taken to be all different. */
export const spearman = (one: Float64Array, two: Float64Array): number => {
  const ranks = (values: Float64Array) => {
    const rank = new Int32Array(values.length)
    for (const [place, i] of [...values.keys()].toSorted((a, b) => values[a]! - values[b]!).entries()) rank[i] = place
    return rank
  }
  const other = ranks(two)
  const squares = ranks(one).reduce((sum, rank, i) => sum + (rank - other[i]!) ** 2, 0)
  return 1 - (6 * squares) / (one.length * (one.length ** 2 - 1))
}

/** The same comparisons in the opposite order and with the sides exchanged, under other numbers of candidates and annotators. */
export const renamedAndTurned = (
  comparisons: Comparisons,
  candidates: ReadonlyArray<number>,
  annotators: ReadonlyArray<number>
): Comparisons => {
  const rows = [...comparisons.first.keys()].toReversed()
  return {
    ...comparisons,
    first: Int32Array.from(rows, (i) => candidates[comparisons.second[i]!]!),
    second: Int32Array.from(rows, (i) => candidates[comparisons.first[i]!]!),
    firstWon: Uint8Array.from(rows, (i) => 1 - comparisons.firstWon[i]!),
    annotator: Int32Array.from(rows, (i) => annotators[comparisons.annotator[i]!]!)
  }
}

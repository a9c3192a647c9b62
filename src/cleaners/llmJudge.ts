import { checkColumns, type Flags } from "./Flags.ts"

/**
 * Flags rows whose rejected response a judge scored strictly higher: LLM-Judge of PrefCleanBench.
 *
 * One score per response and row, both on the judge's scale (1 to 10 in the benchmark); NaN is missing. The rule's score
 * is that of the chosen response less that of the rejected one. Equal scores are kept. A constant added to both scores of
 * a row changes nothing. Time O(N). Throws a RangeError on unequal lengths.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const llmJudge = (chosenScore: Float64Array, rejectedScore: Float64Array): Flags => {
  checkColumns("Cannot flag by a judge", chosenScore.length, { rejectedScore })
  const score = chosenScore.map((value, i) => value - rejectedScore[i]!)
  return { score, flagged: Uint8Array.from(score, (value) => Number(value < 0)) }
}

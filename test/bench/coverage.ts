import { coverNoise, type Intervals } from "../cleaners/coverNoise.ts"

/**
 * Measures in which share of simulated data sets the 95 % intervals of noise rate and reliabilities hold what was planted,
 * at 2,000 and 20,000 labels: 1,000 data sets each, 200 of the smaller size for the bootstrap. The value is the distance from 95 %,
 * in percentage points, of the noise rate or of the five reliabilities together, whichever is further.
 */
export const coverageBench = async () => {
  const plans: ReadonlyArray<readonly [Intervals, number, number]> = [
    ["likelihoodRatio", 2000, 1000],
    ["likelihoodRatio", 20_000, 1000],
    ["observedInformation", 2000, 1000],
    ["observedInformation", 20_000, 1000],
    ["pooled", 2000, 1000],
    ["pooled", 20_000, 1000],
    ["bootstrap", 2000, 200]
  ]
  return plans.map(([intervals, nLabels, nSimulations]) => {
    const { noiseRate, reliability } = coverNoise({ intervals, nLabels, nSimulations })
    const together = reliability.reduce((sum, share) => sum + share, 0) / reliability.length
    const value = 100 * Math.max(Math.abs(noiseRate - 0.95), Math.abs(together - 0.95))
    const percent = (share: number) => (100 * share).toFixed(1)
    return {
      name: `coverage of 95 % intervals, ${intervals}, ${nLabels} labels`,
      value,
      unit: "points off",
      target: 2,
      better: "lower" as const,
      met: value <= 2,
      detail:
        `${nSimulations} data sets; noise rate ${percent(noiseRate)} %, reliabilities ${percent(together)} % ` +
        `(${reliability.map(percent).join(", ")})`
    }
  })
}

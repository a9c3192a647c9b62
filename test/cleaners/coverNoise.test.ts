import { assert, describe, it } from "@effect/vitest"
import { coverNoise } from "./coverNoise.ts"

// The full figures, 1,000 data sets of 2,000 and 20,000 labels, come from test/bench/coverage.ts.
describe("95 % intervals", () => {
  for (const [intervals, nSimulations] of [
    ["likelihoodRatio", 300],
    ["observedInformation", 300],
    ["pooled", 300],
    ["bootstrap", 60]
  ] as const) {
    it(`coverNoise finds planted noise rates and reliabilities in 95 % of the ${intervals} intervals`, () => {
      const { noiseRate, reliability } = coverNoise({ intervals, nLabels: 2000, nSimulations })
      // Four standard deviations of a simulated share; percentile intervals of 200 draws lose about a point more.
      const sd = Math.sqrt((0.95 * 0.05) / nSimulations)
      const slack = intervals === "bootstrap" ? 0.02 : 0.005
      assert.closeTo(noiseRate, 0.95, 4 * sd + slack)
      const together = reliability.reduce((sum, share) => sum + share, 0) / reliability.length
      assert.closeTo(together, 0.95, (4 * sd) / Math.sqrt(reliability.length) + slack)
      for (const [k, share] of reliability.entries()) assert.closeTo(share, 0.95, 4 * sd + slack, `annotator ${k}`)
    })
  }
})

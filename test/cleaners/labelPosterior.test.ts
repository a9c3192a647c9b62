import { assert, describe, it } from "@effect/vitest"
import { labelPosterior } from "../../src/cleaners/labelPosterior.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

describe("labelPosterior", () => {
  it("labelPosterior is the share of right labels among those recorded, counted in a simulation", () => {
    const [p, reliability, n] = [0.3, 0.8, 200_000]
    const random = keyedRandom("labelPosterior", 1)
    let recorded = 0
    let right = 0
    for (let i = 0; i < n; i++) {
      const firstIsBetter = random() < p
      const isRight = random() < reliability
      if (firstIsBetter !== isRight) continue
      recorded++
      if (isRight) right++
    }
    // About 76,000 labels are recorded: four standard errors are 0.007.
    assert.closeTo(labelPosterior(p, reliability), right / recorded, 0.007)
  })

  it("labelPosterior is the scorer's word for a coin, the annotator's for even odds, and both for their own certainty", () => {
    assert.closeTo(labelPosterior(0.37, 0.5), 0.37, 1e-15)
    assert.closeTo(labelPosterior(0.5, 0.81), 0.81, 1e-15)
    assert.strictEqual(labelPosterior(1, 0.6), 1)
    assert.strictEqual(labelPosterior(0, 0.6), 0)
    assert.isNaN(labelPosterior(0, 1))
  })
})

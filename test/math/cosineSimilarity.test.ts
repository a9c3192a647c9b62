import { assert, describe, it } from "@effect/vitest"
import { cosineSimilarity } from "../../src/math/cosineSimilarity.ts"

describe("cosineSimilarity", () => {
  it("cosineSimilarity is the cosine of the angle, whatever the lengths", () => {
    for (const degrees of [0, 30, 60, 90, 120, 180]) {
      const angle = (degrees * Math.PI) / 180
      const turned = [7 * Math.cos(angle), 7 * Math.sin(angle)]
      assert.closeTo(cosineSimilarity([0.2, 0], turned), Math.cos(angle), 1e-12)
    }
  })

  it("cosineSimilarity stays within -1 and 1, and is NaN without a direction", () => {
    const long = Array.from({ length: 300 }, (_, i) => Math.sin(i) / 3)
    assert.isAtMost(cosineSimilarity(long, long), 1)
    assert.isNaN(cosineSimilarity([0, 0], [1, 0]))
    assert.throws(() => cosineSimilarity([1], [1, 2]), /found one of 1 numbers and one of 2, expected as many/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { voteOutcome } from "../../src/aggregations/voteOutcome.ts"

describe("voteOutcome", () => {
  it("voteOutcome gives the share of yes, more than half, or all", () => {
    const outcomes = (scores: ReadonlyArray<number>) =>
      (["share", "majority", "all"] as const).map((rule) => voteOutcome(scores, 5, rule))
    assert.deepStrictEqual(outcomes([5, 6, 4, 9]), [0.75, 1, 0])
    assert.deepStrictEqual(outcomes([1, 2, 9]), [1 / 3, 0, 0])
    assert.deepStrictEqual(outcomes([5, 5]), [1, 1, 1])
  })

  it("voteOutcome takes an even split for no answer", () => {
    assert.strictEqual(voteOutcome([0, 1], 0.5, "majority"), 0.5)
    assert.isNaN(voteOutcome([], 0.5))
  })
})

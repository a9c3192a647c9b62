import { assert, describe, it } from "@effect/vitest"
import { sigmoid } from "../../src/math/sigmoid.ts"
import * as ComparedItems from "../../src/pairings/ComparedItems.ts"

const compared = { nItems: 3, strong: Int32Array.of(0, 1, 2), weak: Int32Array.of(1, 2, 0) }

describe("ComparedItems", () => {
  it("ComparedItems.pull is the slope of the log-likelihood, of a tie that of half a win for both", () => {
    const step = 1e-5
    const won = (gap: number) => Math.log(sigmoid(gap))
    const tied = (gap: number) => (won(gap) + won(-gap)) / 2
    for (const gap of [-9, -1.5, 0, 0.3, 4]) {
      assert.closeTo(ComparedItems.pull(gap, false), (won(gap + step) - won(gap - step)) / (2 * step), 1e-8)
      assert.closeTo(ComparedItems.pull(gap, true), (tied(gap + step) - tied(gap - step)) / (2 * step), 1e-8)
    }
    // What is left of a win that was to be expected is e to the minus gap.
    for (const gap of [40, 100, 700]) assert.closeTo(ComparedItems.pull(gap, false) / Math.exp(-gap), 1, 1e-12)
  })

  it("ComparedItems.information is the slope of the pull, the same for both orders, and not lost where gaps are wide", () => {
    const step = 1e-5
    const [first, second, third] = ComparedItems.information(compared, Float64Array.of(2, 0.5, -40))
    const slopeAt = (gap: number) =>
      (ComparedItems.pull(gap - step, false) - ComparedItems.pull(gap + step, false)) / (2 * step)
    assert.closeTo(first!, slopeAt(1.5), 1e-8)
    assert.closeTo(second! / Math.exp(-40.5), 1, 1e-12)
    assert.closeTo(third! / Math.exp(-42), 1, 1e-12)
  })
})

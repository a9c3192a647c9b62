import { assert, describe, it } from "@effect/vitest"
import { hierarchicalMean } from "../../src/aggregations/hierarchicalMean.ts"

const nan = Number.NaN

describe("hierarchicalMean", () => {
  it("hierarchicalMean weighs children equally, however many descendants they have", () => {
    // 0 has the children 1 and 2; 1 has the leaves 3, 4 and 5.
    const means = hierarchicalMean([-1, 0, 0, 1, 1, 1], [nan, nan, 1, 0, 0, 3])
    assert.deepStrictEqual(means, [1, 1, 1, 0, 0, 3])
    const lopsided = hierarchicalMean([-1, 0, 0, 1, 1, 1], [nan, nan, 4, 0, 0, 0])
    assert.strictEqual(lopsided[0], 2)
  })

  it("hierarchicalMean does not mind children that come before their parents", () => {
    assert.deepStrictEqual(hierarchicalMean([2, 2, -1], [1, 3, nan]), [1, 3, 2])
  })

  it("hierarchicalMean leaves out what has no score, and keeps a node's own score where no child has one", () => {
    assert.deepStrictEqual(hierarchicalMean([-1, 0, 0], [nan, nan, 2]), [2, nan, 2])
    assert.deepStrictEqual(hierarchicalMean([-1, 0], [7, nan]), [7, nan])
  })

  it("hierarchicalMean refuses circles and parents that are not there", () => {
    assert.throws(() => hierarchicalMean([1, 0], [1, 1]), /its own ancestor/)
    assert.throws(() => hierarchicalMean([0], [1]), /its own ancestor/)
    assert.throws(() => hierarchicalMean([5], [1]), /found parent 5 of node 0/)
  })
})

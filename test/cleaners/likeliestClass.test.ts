import { assert, describe, it } from "@effect/vitest"
import { likeliestClass } from "../../src/cleaners/likeliestClass.ts"

describe("likeliestClass", () => {
  it("likeliestClass takes the largest, and none where it is shared or missing", () => {
    const none = Number.NaN
    const rows = [0.2, 0.3, 0.5, 0.4, 0.4, 0.2, none, none, none, 1, 0, 0]
    assert.deepStrictEqual([...likeliestClass(Float64Array.from(rows), 3)], [2, -1, -1, 0])
    assert.strictEqual(likeliestClass(new Float64Array(0), 2).length, 0)
  })

  it("likeliestClass takes what differs by rounding for shared", () => {
    assert.deepStrictEqual([...likeliestClass(Float64Array.of(0.1 + 0.2, 0.3, 0.3 + 1e-6, 0.3), 2)], [-1, 0])
  })
})

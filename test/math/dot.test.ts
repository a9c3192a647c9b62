import { assert, describe, it } from "@effect/vitest"
import { dot } from "../../src/math/dot.ts"

describe("dot", () => {
  it("dot sums the products, and knows the square of a length", () => {
    assert.strictEqual(dot(Float64Array.of(1, 2, -3), Float64Array.of(4, 0.5, 2)), -1)
    assert.strictEqual(dot(Float64Array.of(3, 4), Float64Array.of(3, 4)), 5 ** 2)
    assert.strictEqual(dot(new Float64Array(0), new Float64Array(0)), 0)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { maxNorm } from "../../src/math/maxNorm.ts"

describe("maxNorm", () => {
  it("maxNorm is the largest size, of whatever sign", () => {
    assert.strictEqual(maxNorm(Float64Array.of(1, -7, 3)), 7)
    assert.strictEqual(maxNorm(new Float64Array(0)), 0)
    assert.isNaN(maxNorm(Float64Array.of(1, Number.NaN, 3)))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { strengthMargins } from "../../src/pairings/strengthMargins.ts"

describe("strengthMargins", () => {
  it("strengthMargins starts from the weakest, scales and clips", () => {
    const strength = Float64Array.of(-1, Number.NaN, 0.5, 3)
    assert.deepStrictEqual([...strengthMargins(strength)], [0, Number.NaN, 1.5, 4])
    assert.deepStrictEqual([...strengthMargins(strength, { scale: 2, most: 5 })], [0, Number.NaN, 3, 5])
    assert.strictEqual(strengthMargins(new Float64Array()).length, 0)
    assert.throws(() => strengthMargins(strength, { scale: 0 }), /scale 0/)
    assert.throws(() => strengthMargins(strength, { most: -1 }), /most -1/)
  })
})

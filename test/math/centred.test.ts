import { assert, describe, it } from "@effect/vitest"
import { centred } from "../../src/math/centred.ts"

describe("centred", () => {
  it("centred subtracts the mean of each group from its numbers alone", () => {
    const values = Float64Array.of(1, 10, 3, 20, 7)
    assert.deepStrictEqual([...centred(values, Int32Array.of(0, 3, 0, 3, 1))], [-1, -5, 1, 5, 0])
    assert.deepStrictEqual([...values], [1, 10, 3, 20, 7])
    assert.lengthOf(centred(new Float64Array(), new Int32Array()), 0)
  })
})

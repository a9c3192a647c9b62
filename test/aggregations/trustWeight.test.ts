import { assert, describe, it } from "@effect/vitest"
import { trustWeight } from "../../src/aggregations/trustWeight.ts"

describe("trustWeight", () => {
  it("trustWeight is 1 for a judge that rates correct answers as high as wrong ones or higher", () => {
    assert.strictEqual(trustWeight([0.9, 0.2], [true, false]), 1)
    assert.strictEqual(trustWeight([0.5, 0.5], [true, false]), 1)
  })

  it("trustWeight falls exponentially with how far wrong answers are ahead, to e^-2 at most", () => {
    assert.approximately(trustWeight([0, 1], [true, false])!, 0.1353352832366127, 1e-12)
    assert.approximately(trustWeight([0.2, 0.4, 0.8, 0.8], [true, true, false, false])!, Math.E ** -1, 1e-12)
  })

  it("trustWeight does not know what to say without both correct and wrong answers", () => {
    assert.isNull(trustWeight([1, 0], [true, true]))
    assert.isNull(trustWeight([1, 0], [false, false]))
    assert.throws(() => trustWeight([1], []), /found 0 truths for 1 scores/)
  })
})

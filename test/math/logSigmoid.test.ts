import { assert, describe, it } from "@effect/vitest"
import { logSigmoid } from "../../src/math/logSigmoid.ts"

describe("logSigmoid", () => {
  it("logSigmoid is the logarithm of the sigmoid where that can be computed", () => {
    for (const x of [-30, -3, -0.1, 0, 0.7, 5]) assert.closeTo(logSigmoid(x), Math.log(1 / (1 + Math.exp(-x))), 1e-12)
  })

  it("logSigmoid neither overflows nor loses digits far out", () => {
    assert.strictEqual(logSigmoid(-1e6), -1e6)
    assert.closeTo(logSigmoid(100) / -Math.exp(-100), 1, 1e-12)
    assert.strictEqual(logSigmoid(Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY)
  })
})

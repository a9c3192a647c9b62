import { assert, describe, it } from "@effect/vitest"
import { logSigmoidSum } from "../../src/aggregations/logSigmoidSum.ts"

describe("logSigmoidSum", () => {
  it("logSigmoidSum is the logarithm of the product of probabilities", () => {
    const rewards = [1.2, -0.4, 3]
    const references = [1, 0, 5]
    const product = rewards.reduce((p, reward, i) => p / (1 + Math.exp(references[i]! - reward)), 1)
    assert.approximately(Math.exp(logSigmoidSum(rewards, references)), product, 1e-12)
  })

  it("logSigmoidSum prefers balance to one extreme, where the sum of rewards would not", () => {
    assert.isAbove(logSigmoidSum([1, 1], [0, 0]), logSigmoidSum([10, -2], [0, 0]))
  })

  it("logSigmoidSum refuses references of another number", () => {
    assert.throws(() => logSigmoidSum([1, 2], [0]), /found 1 references for 2 rewards/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { rePo } from "../../src/cleaners/rePo.ts"
import { weakPrior } from "../../src/cleaners/weakPrior.ts"
import { plantLabels } from "./plantLabels.ts"

const reliability = Array.from({ length: 200 }, (_, k) => 0.6 + (0.35 * k) / 199)

/** Mean log loss in nats of the label probabilities against which labels are right. */
const logLoss = (labelProb: Float64Array, right: Uint8Array) =>
  labelProb.reduce((sum, w, i) => sum - Math.log(Math.max(1e-12, right[i] === 1 ? w : 1 - w)), 0) / right.length

describe("weakPrior", () => {
  for (const [perAnnotator, bias] of [
    [10, 0.03],
    [50, 0.01],
    [200, 0.005]
  ] as const) {
    it(`weakPrior makes label probabilities better at ${perAnnotator} labels an annotator and hardly moves the noise rate`, () => {
      const data = plantLabels({ nLabels: 200 * perAnnotator, marginSd: 2, reliability, seed: `weak ${perAnnotator}` })
      const first = rePo(data, { solver: "newton" })
      const second = rePo(data, { solver: "newton", prior: weakPrior(first) })
      const known = data.pModel.map((p, i) => {
        const r = reliability[data.annotator[i]!]!
        return (p * r) / (p * r + (1 - p) * (1 - r))
      })
      const best = logLoss(known, data.right)
      assert.isBelow(logLoss(second.labelProb, data.right), logLoss(first.labelProb, data.right))
      // What not knowing the reliabilities costs at least is about half a nat per annotator.
      assert.isBelow(logLoss(second.labelProb, data.right) - best, 0.01 + 0.5 / perAnnotator)
      const planted = 1 - reliability.reduce((sum, r) => sum + r, 0) / 200
      const error = first.noiseRate!.standardError
      assert.closeTo(second.noiseRate!.estimate, planted, 4 * error + bias)
      assert.closeTo(second.noiseRate!.estimate, first.noiseRate!.estimate, bias)
    })
  }

  it("weakPrior has its mode at the mean reliability and the weight asked for", () => {
    const noiseRate = { estimate: 0.3, standardError: 0.1, lower: 0.1, upper: 0.5 }
    const { a, b } = weakPrior({ noiseRate }, 5)
    assert.closeTo((a - 1) / (a + b - 2), 0.7, 1e-12)
    assert.closeTo(a + b - 2, 5, 1e-12)
  })

  it("weakPrior is flat where nothing was learned", () => {
    assert.deepStrictEqual(weakPrior({ noiseRate: null }), { a: 1, b: 1 })
    assert.throws(() => weakPrior({ noiseRate: null }, -1), /found nImagined -1/)
  })
})

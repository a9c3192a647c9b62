import { assert, describe, it } from "@effect/vitest"
import { confidentLearning } from "../../src/cleaners/confidentLearning.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

/** Labels on random sides: truth by Bradley-Terry or by the sign of the margin, a share of them flipped. */
const plant = (plan: { nRows: number; marginSd: number; flips: number; byChance: boolean; seed: number }) => {
  const random = keyedRandom("confident", plan.seed, plan.marginSd)
  const pModel = new Float64Array(2 * plan.nRows)
  const label = new Int8Array(plan.nRows)
  const flipped = new Uint8Array(plan.nRows)
  for (let i = 0; i < plan.nRows; i++) {
    const margin = plan.marginSd * normal(random)
    const p = sigmoid(margin)
    pModel.set([p, 1 - p], 2 * i)
    const truth = (plan.byChance ? random() < p : margin > 0) ? 0 : 1
    flipped[i] = random() < plan.flips ? 1 : 0
    label[i] = flipped[i] === 1 ? 1 - truth : truth
  }
  return { input: { label, pModel, nClasses: 2 }, flipped }
}

describe("confidentLearning", () => {
  for (const [marginSd, expected] of [
    [1, 0.375],
    [2, 0.302],
    [4, 0.249]
  ] as const) {
    it(`confidentLearning finds ${expected} of noise in 20 % of flips at margin sd ${marginSd}`, () => {
      const rates = [1, 2, 3].map(
        (seed) =>
          confidentLearning(plant({ nRows: 20_000, marginSd, flips: 0.2, byChance: true, seed }).input).noiseRate
      )
      assert.closeTo(rates.reduce((sum, rate) => sum + rate, 0) / 3, expected, 0.006)
    })
  }

  it("confidentLearning finds the planted rate and the flips where answers are far apart", () => {
    const { flipped, input } = plant({ nRows: 10_000, marginSd: 30, flips: 0.2, byChance: false, seed: 4 })
    const fit = confidentLearning(input)
    assert.closeTo(fit.noiseRate, 0.2, 0.015)
    for (const flags of [fit.offDiagonal, fit.pruneByNoiseRate]) {
      let right = 0
      for (const [i, flag] of flags.entries()) right += flag * flipped[i]!
      const nFlags = flags.reduce((sum, flag) => sum + flag, 0)
      const nFlipped = flipped.reduce((sum, flag) => sum + flag, 0)
      assert.isAbove(right / nFlags, 0.99)
      assert.isAbove(right / nFlipped, 0.9)
    }
  })

  it("confidentLearning counts a small table by hand", () => {
    const rows = [
      // label, p of classes 0, 1, 2
      [0, 0.8, 0.1, 0.1],
      [0, 0.7, 0.2, 0.1],
      [0, 0.1, 0.85, 0.05],
      [1, 0.2, 0.7, 0.1],
      [1, 0.1, 0.9, 0],
      [1, 0.75, 0.2, 0.05],
      [2, 0.1, 0.2, 0.7],
      [2, 0.36, 0.34, 0.3]
    ]
    const fit = confidentLearning({
      label: Int8Array.from(rows, ([label]) => label!),
      pModel: Float64Array.from(rows.flatMap(([, ...p]) => p)),
      nClasses: 3
    })
    // Thresholds 1.6/3, 1.8/3 and 1/2; the last row reaches none.
    for (const [c, t] of [1.6 / 3, 0.6, 0.5].entries()) assert.closeTo(fit.thresholds[c]!, t, 1e-12)
    assert.deepStrictEqual([...fit.counts], [2, 1, 0, 1, 2, 0, 0, 0, 1])
    assert.deepStrictEqual([...fit.joint], [2, 1, 0, 1, 2, 0, 0, 0, 2])
    assert.closeTo(fit.noiseRate, 2 / 8, 1e-12)
    assert.deepStrictEqual([...fit.offDiagonal], [0, 0, 1, 0, 0, 1, 0, 0])
    assert.deepStrictEqual([...fit.pruneByNoiseRate], [0, 0, 1, 0, 0, 1, 0, 0])
  })

  it("confidentLearning never flags a row whose likeliest class is its label, and permutes with rows and classes", () => {
    const { input } = plant({ nRows: 400, marginSd: 1, flips: 0.3, byChance: true, seed: 6 })
    const fit = confidentLearning(input)
    for (const [i, label] of input.label.entries()) {
      if (input.pModel[2 * i + label]! <= 0.5) continue
      assert.deepStrictEqual([fit.offDiagonal[i], fit.pruneByNoiseRate[i]], [0, 0])
    }
    const turned = confidentLearning({
      label: input.label.toReversed().map((label) => 1 - label),
      pModel: input.pModel.toReversed(),
      nClasses: 2
    })
    assert.closeTo(turned.noiseRate, fit.noiseRate, 1e-12)
    assert.deepStrictEqual(turned.offDiagonal.toReversed(), fit.offDiagonal)
    assert.deepStrictEqual(turned.pruneByNoiseRate.toReversed(), fit.pruneByNoiseRate)
    assert.deepStrictEqual(turned.counts.toReversed(), fit.counts)
  })

  it("confidentLearning handles absent classes, nothing, and input that is wrong", () => {
    const one = confidentLearning({
      label: Int8Array.of(0, 0),
      pModel: Float64Array.of(0.6, 0.4, 0.6, 0.4),
      nClasses: 2
    })
    assert.isNaN(one.thresholds[1]!)
    assert.strictEqual(one.noiseRate, 0)
    assert.isNaN(confidentLearning({ label: new Int8Array(0), pModel: new Float64Array(0), nClasses: 2 }).noiseRate)
    const fit = (label: number, ...p: ReadonlyArray<number>) =>
      confidentLearning({ label: Int8Array.of(label), pModel: Float64Array.from(p), nClasses: 2 })
    assert.throws(() => fit(0, 1), /found 1 probabilities for 1 labels, expected 2 each/)
    assert.throws(() => fit(2, 1, 0), /found label 2 at row 0, expected 0 to 1/)
    assert.throws(() => fit(0, 1, Number.NaN), /found p NaN at row 0/)
  })
})

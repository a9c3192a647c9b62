import { assert, describe, it } from "@effect/vitest"
import { fitTemperature } from "../../src/cleaners/fitTemperature.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { plantLabels } from "./plantLabels.ts"

/** Trusted rows whose right order follows sigmoid(score gap / temperature). */
const plantTrusted = (nRows: number, temperature: number, seed: string | number) => {
  const { margin } = plantLabels({ nLabels: nRows, marginSd: 2, reliability: [0.5], seed })
  const { margin: right } = plantLabels({ nLabels: nRows, marginSd: 2, reliability: [1], seed })
  return {
    margin: margin.map((m) => m * temperature),
    correct: Uint8Array.from(margin, (m, i) => (m === right[i] ? 1 : 0))
  }
}

/** Asymptotic relative standard error of the temperature times root N: one over the root of E[m² p (1 - p)]. */
const relativeError = (marginSd: number) => {
  let information = 0
  for (let z = -8; z <= 8; z += 0.001) {
    const p = sigmoid(marginSd * z)
    information += (marginSd * z) ** 2 * p * (1 - p) * Math.exp((-z * z) / 2) * 0.001
  }
  return Math.sqrt(Math.sqrt(2 * Math.PI) / information)
}

describe("fitTemperature", () => {
  it("fitTemperature recovers a planted temperature", () => {
    for (const temperature of [0.01, 0.5, 1, 4, 1000]) {
      for (const seed of [1, 2, 3]) {
        const fit = fitTemperature(plantTrusted(4000, temperature, seed))
        assert.isTrue(fit.converged)
        assert.isNull(fit.reason)
        assert.closeTo(fit.temperature!, temperature, 4 * fit.standardError!)
        assert.closeTo((fit.standardError! / fit.temperature!) * Math.sqrt(4000), relativeError(2), 0.1)
        assert.isAtMost(fit.logLossAfter!, fit.logLossBefore)
      }
    }
  })

  it("fitTemperature has a standard error that matches the spread over data sets", () => {
    const fits = Array.from({ length: 400 }, (_, seed) => fitTemperature(plantTrusted(500, 2, `spread ${seed}`)))
    const mean = fits.reduce((sum, fit) => sum + fit.temperature!, 0) / fits.length
    const sd = Math.sqrt(fits.reduce((sum, fit) => sum + (fit.temperature! - mean) ** 2, 0) / fits.length)
    const usual = fits.map((fit) => fit.standardError!).toSorted((a, b) => a - b)[200]!
    assert.closeTo(sd / usual, 1, 4 / Math.sqrt(2 * fits.length) + 0.03)
  })

  it("fitTemperature finds the closed form for margins of one size", () => {
    // Share s right with margin m: p = s, so temperature = m / logit(s).
    const margin = new Float64Array(10).fill(3)
    const fit = fitTemperature({ margin, correct: Uint8Array.from({ length: 10 }, (_, i) => (i < 8 ? 1 : 0)) })
    const temperature = 3 / Math.log(4)
    assert.closeTo(fit.temperature!, temperature, 1e-9)
    assert.closeTo(fit.standardError!, temperature ** 2 / Math.sqrt(10 * 9 * 0.8 * 0.2), 1e-8)
    assert.closeTo(fit.logLossAfter!, -(0.8 * Math.log(0.8) + 0.2 * Math.log(0.2)), 1e-12)
    assert.closeTo(fit.logLossBefore, -(0.8 * Math.log(sigmoid(3)) + 0.2 * Math.log(sigmoid(-3))), 1e-12)
  })

  it("fitTemperature finds what a grid finds", () => {
    const { correct, margin } = plantTrusted(300, 1.7, 5)
    const loss = (t: number) =>
      margin.reduce((sum, m, i) => sum - Math.log(sigmoid((correct[i] === 1 ? m : -m) / t)), 0) / margin.length
    const { logLossAfter, temperature } = fitTemperature({ margin, correct })
    assert.closeTo(logLossAfter!, loss(temperature!), 1e-12)
    for (let t = 0.2; t < 10; t += 0.01) assert.isAtMost(logLossAfter!, loss(t) + 1e-12)
  })

  it("fitTemperature does not depend on which side of a row is called chosen", () => {
    const { correct, margin } = plantTrusted(500, 2, 6)
    const { temperature } = fitTemperature({ margin, correct })
    const turned = fitTemperature({
      margin: margin.map((m, i) => (i % 3 === 0 ? -m : m)),
      correct: correct.map((c, i) => (i % 3 === 0 ? 1 - c : c))
    })
    assert.closeTo(turned.temperature!, temperature!, 1e-12)
  })

  it("fitTemperature repairs the reliabilities of an overconfident scorer", () => {
    const data = plantLabels({ nLabels: 20_000, marginSd: 2, reliability: [0.8], seed: 11 })
    const { temperature } = fitTemperature(plantTrusted(5000, 4, 12))
    const noisy = data.margin.map((m) => 4 * m)
    const before = rePo({ ...data, pModel: noisy.map((m) => sigmoid(m)) }).reliability[0]!
    const after = rePo({ ...data, pModel: noisy.map((m) => sigmoid(m / temperature!)) }).reliability[0]!
    assert.closeTo(before, 0.7, 0.02)
    assert.closeTo(after, 0.8, 0.03)
  })

  it("fitTemperature makes up no number when every margin points the right way", () => {
    const fit = fitTemperature({ margin: Float64Array.of(1, -2, 0), correct: Uint8Array.of(1, 0, 1) })
    assert.strictEqual(fit.reason, "separable")
    assert.deepStrictEqual(
      [fit.temperature, fit.standardError, fit.logLossAfter, fit.converged],
      [null, null, null, false]
    )
    assert.strictEqual(fit.nTrusted, 3)
    assert.isAbove(fit.logLossBefore, 0)
  })

  it("fitTemperature makes up no number when margins point the wrong way", () => {
    const margin = Float64Array.of(1, 2, 1)
    assert.strictEqual(fitTemperature({ margin, correct: Uint8Array.of(0, 0, 1) }).reason, "notPredictive")
    assert.strictEqual(fitTemperature({ margin, correct: Uint8Array.of(1, 0, 1) }).reason, "notPredictive")
  })

  it("fitTemperature makes up no number without rows or margins", () => {
    const empty = fitTemperature({ margin: new Float64Array(0), correct: new Uint8Array(0) })
    assert.strictEqual(empty.reason, "noEvidence")
    assert.isNaN(empty.logLossBefore)
    const flat = fitTemperature({ margin: new Float64Array(4), correct: Uint8Array.of(0, 1, 1, 1) })
    assert.strictEqual(flat.reason, "noEvidence")
    assert.closeTo(flat.logLossBefore, Math.log(2), 1e-12)
  })

  it("fitTemperature copes with data that are nearly separable or nearly blind", () => {
    const correct = Uint8Array.from({ length: 1000 }, (_, i) => (i === 0 ? 0 : 1))
    const sharp = fitTemperature({ margin: Float64Array.from(correct, (c) => (c === 1 ? 5 : 1e-6)), correct })
    assert.isTrue(sharp.converged)
    assert.isBelow(sharp.temperature!, 1)
    const half = Uint8Array.from({ length: 1001 }, (_, i) => (i % 2) ^ 1)
    const blind = fitTemperature({ margin: new Float64Array(1001).fill(1), correct: half })
    assert.closeTo(blind.temperature!, 1 / Math.log(501 / 500), 1e-4)
  })

  it("fitTemperature says what is wrong with its input", () => {
    const correct = Uint8Array.of(1)
    assert.throws(() => fitTemperature({ margin: Float64Array.of(Number.NaN), correct }), /found margin NaN at row 0/)
    assert.throws(() => fitTemperature({ margin: new Float64Array(2), correct }), /2 margins and 1 outcomes/)
  })
})

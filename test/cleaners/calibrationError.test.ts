import { assert, describe, it } from "@effect/vitest"
import { calibrationError } from "../../src/cleaners/calibrationError.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const plant = (nRows: number, distort: (p: number) => number) => {
  const random = keyedRandom("calibrationError", nRows)
  const p = Float64Array.from({ length: nRows }, () => random())
  return { predicted: p.map(distort), outcome: Uint8Array.from(p, (value) => (random() < value ? 1 : 0)) }
}

describe("calibrationError", () => {
  it("calibrationError is near zero for calibrated predictions", () => {
    const { bins, calibrationError: error } = calibrationError(plant(50_000, (p) => p))
    assert.isBelow(error, Math.sqrt(10 / 50_000))
    assert.strictEqual(bins.length, 10)
    for (const bin of bins) {
      assert.strictEqual(bin.count, 5000)
      const sd = Math.sqrt((bin.meanPredicted * (1 - bin.meanPredicted)) / bin.count)
      assert.closeTo(bin.observedShare, bin.meanPredicted, 4 * sd + 1e-3)
    }
  })

  it("calibrationError measures a known distortion", () => {
    // |p² - p| averages 1/6 over uniform p.
    assert.closeTo(calibrationError(plant(50_000, (p) => p * p)).calibrationError, 1 / 6, 0.01)
  })

  it("calibrationError works out by hand", () => {
    const predicted = Float64Array.of(0.9, 0.1, 0.8, 0.2)
    const { bins, calibrationError: error } = calibrationError({
      predicted,
      outcome: Uint8Array.of(1, 0, 0, 1),
      nBins: 2
    })
    assert.deepStrictEqual(
      bins.map(({ count, observedShare }) => [count, observedShare]),
      [
        [2, 0.5],
        [2, 0.5]
      ]
    )
    assert.closeTo(bins[0]!.meanPredicted, 0.15, 1e-15)
    assert.closeTo(error, 0.35, 1e-12)
  })

  it("calibrationError keeps equal predictions together, so the order of rows does not matter", () => {
    const predicted = Float64Array.from({ length: 40 }, (_, i) => (i % 4) / 4)
    const outcome = Uint8Array.from({ length: 40 }, (_, i) => (i < 13 ? 1 : 0))
    const { bins, calibrationError: error } = calibrationError({ predicted, outcome })
    assert.deepStrictEqual(
      bins.map(({ count }) => count),
      [10, 10, 10, 10]
    )
    const turned = calibrationError({ predicted: predicted.toReversed(), outcome: outcome.toReversed() })
    assert.closeTo(turned.calibrationError, error, 1e-12)
  })

  it("calibrationError puts every row in one bin", () => {
    for (const nRows of [1, 3, 9, 10, 11, 27, 101]) {
      const { bins } = calibrationError(plant(nRows, (p) => Math.round(p * 8) / 8))
      assert.strictEqual(
        bins.reduce((sum, { count }) => sum + count, 0),
        nRows
      )
      assert.isTrue(bins.every(({ count }) => count > 0))
    }
  })

  it("calibrationError of nothing is NaN", () => {
    const { bins, calibrationError: error } = calibrationError({
      predicted: new Float64Array(0),
      outcome: new Uint8Array(0)
    })
    assert.isNaN(error)
    assert.deepStrictEqual(bins, [])
  })

  it("calibrationError says what is wrong with its input", () => {
    const outcome = Uint8Array.of(1)
    assert.throws(() => calibrationError({ predicted: Float64Array.of(1.1), outcome }), /prediction 1.1 at row 0/)
    assert.throws(() => calibrationError({ predicted: new Float64Array(2), outcome }), RangeError)
    assert.throws(() => calibrationError({ predicted: new Float64Array(1), outcome, nBins: 0 }), /nBins 0/)
  })
})

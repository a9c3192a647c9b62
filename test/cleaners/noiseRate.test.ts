import { assert, describe, it } from "@effect/vitest"
import { noiseRate } from "../../src/cleaners/noiseRate.ts"

describe("noiseRate", () => {
  it("noiseRate counts annotators by their labels", () => {
    const { estimate, lower, standardError, upper } = noiseRate({
      reliability: Float64Array.of(0.9, Number.NaN, 0.5),
      standardError: Float64Array.of(0.03, Number.NaN, 0.08),
      ci95: { lower: Float64Array.of(0.84, 0, 0.3), upper: Float64Array.of(0.95, 1, 0.7) },
      nLabels: Int32Array.of(300, 0, 100)
    })!
    assert.closeTo(estimate, 0.2, 1e-15)
    assert.closeTo(standardError, Math.hypot(0.75 * 0.03, 0.25 * 0.08), 1e-15)
    assert.closeTo(lower, 0.2 - Math.hypot(0.75 * 0.05, 0.25 * 0.2), 1e-15)
    assert.closeTo(upper, 0.2 + Math.hypot(0.75 * 0.06, 0.25 * 0.2), 1e-15)
  })

  it("noiseRate stays in [0, 1] and uses the interval where there is no standard error", () => {
    const { estimate, lower, standardError, upper } = noiseRate({
      reliability: Float64Array.of(1),
      standardError: Float64Array.of(Number.NaN),
      ci95: { lower: Float64Array.of(0.608), upper: Float64Array.of(1) },
      nLabels: Int32Array.of(5)
    })!
    assert.deepStrictEqual([estimate, lower], [0, 0])
    assert.closeTo(upper, 0.392, 1e-12)
    assert.closeTo(standardError, 0.1, 1e-12)
  })

  it("noiseRate is the delta method's where the observed information is asked for", () => {
    const input = {
      reliability: Float64Array.of(0.9, 0.5),
      standardError: Float64Array.of(0.03, 0.08),
      ci95: { lower: Float64Array.of(0.7, 0.2), upper: Float64Array.of(0.95, 0.9) },
      nLabels: Int32Array.of(300, 100)
    }
    const { lower, upper } = noiseRate(input, "observedInformation")!
    const half = 1.959963984540054 * Math.hypot(0.75 * 0.03, 0.25 * 0.08)
    assert.closeTo(lower, 0.2 - half, 1e-12)
    assert.closeTo(upper, 0.2 + half, 1e-12)
  })

  it("noiseRate leaves out annotators it knows nothing about and is null without any other", () => {
    const input = {
      reliability: Float64Array.of(0.9, Number.NaN),
      standardError: Float64Array.of(0.03, Number.NaN),
      ci95: { lower: Float64Array.of(0.84, 0), upper: Float64Array.of(0.95, 1) },
      nLabels: Int32Array.of(300, 5000)
    }
    assert.closeTo(noiseRate(input)!.estimate, 0.1, 1e-15)
    assert.isNull(noiseRate({ ...input, nLabels: Int32Array.of(0, 5000) }))
  })
})

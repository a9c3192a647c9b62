import { assert, describe, it } from "@effect/vitest"
import { fitTemperature } from "../../src/cleaners/fitTemperature.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { temperatureSlope } from "../../src/cleaners/temperatureSlope.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { plantLabels } from "./plantLabels.ts"

describe("temperatureSlope", () => {
  it("temperatureSlope is the slope that refits with another temperature show", () => {
    const planted = plantLabels({ nLabels: 3000, marginSd: 2, reliability: [0.9, 0.7, 0.75], seed: 2 })
    const at = (logTemperature: number) => {
      const pModel = planted.margin.map((m) => sigmoid(m / Math.exp(logTemperature)))
      const input = { pModel, annotator: planted.annotator, nAnnotators: 3 }
      return { input, fit: rePo(input, { solver: "newton" }) }
    }
    const here = at(0.1)
    const slope = temperatureSlope(here.input, here.fit)
    const h = 1e-4
    const up = at(0.1 + h).fit
    const down = at(0.1 - h).fit
    for (const k of [0, 1, 2]) {
      assert.closeTo(slope.reliability[k]!, (up.reliability[k]! - down.reliability[k]!) / (2 * h), 1e-5)
    }
    assert.closeTo(slope.noiseRate, (up.noiseRate!.estimate - down.noiseRate!.estimate) / (2 * h), 1e-5)
  })

  it("temperatureSlope gives the noise rate the coverage that a fitted temperature costs it", () => {
    const nFits = 300
    let nCovered = 0
    let nWithout = 0
    for (let seed = 0; seed < nFits; seed++) {
      const trusted = plantLabels({ nLabels: 150, marginSd: 2, reliability: [1], seed: `trusted ${seed}` })
      const calibration = fitTemperature({ margin: trusted.margin, correct: new Uint8Array(150).fill(1) })
      const { annotator, margin } = plantLabels({
        nLabels: 5000,
        marginSd: 2,
        reliability: [0.8],
        seed: `labels ${seed}`
      })
      const input = { pModel: margin.map((m) => sigmoid(m / calibration.temperature!)), annotator, nAnnotators: 1 }
      const fit = rePo(input, { solver: "newton" })
      const relative = calibration.standardError! / calibration.temperature!
      const error = Math.hypot(fit.noiseRate!.standardError, temperatureSlope(input, fit).noiseRate * relative)
      const miss = Math.abs(fit.noiseRate!.estimate - 0.2)
      if (miss <= 1.96 * error) nCovered++
      if (miss <= 1.96 * fit.noiseRate!.standardError) nWithout++
    }
    assert.closeTo(nCovered / nFits, 0.95, 4 * Math.sqrt((0.95 * 0.05) / nFits))
    assert.isBelow(nWithout / nFits, 0.85)
  })

  it("temperatureSlope is 0 on the border and NaN where nothing is known", () => {
    const input = { pModel: Float64Array.of(0.9, 0.8, 0.5), annotator: Int32Array.of(0, 0, 1), nAnnotators: 2 }
    const { noiseRate, reliability } = temperatureSlope(input, rePo(input))
    assert.strictEqual(reliability[0], 0)
    assert.isNaN(reliability[1]!)
    assert.strictEqual(Math.abs(noiseRate), 0)
  })
})

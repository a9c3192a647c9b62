import { assert, describe, it } from "@effect/vitest"
import { noiseWarnings } from "../../src/cleaners/noiseWarnings.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { plantLabels } from "./plantLabels.ts"

const warn = (reliability: ReadonlyArray<number>, nLabels: number, calibrated = true) => {
  const data = plantLabels({ nLabels, marginSd: 2, reliability, seed: nLabels })
  return noiseWarnings(rePo(data), { calibrated, pModel: data.pModel })
}
const codes = (warnings: ReturnType<typeof noiseWarnings>) => warnings.map(({ annotator, code }) => [code, annotator])

describe("noiseWarnings", () => {
  it("noiseWarnings is silent about a sound fit", () => {
    assert.deepStrictEqual(warn([0.9, 0.75], 4000), [])
  })

  it("noiseWarnings asks for a temperature", () => {
    assert.deepStrictEqual(codes(warn([0.9], 2000, false)), [["uncalibrated", undefined]])
  })

  it("noiseWarnings names annotators that cannot be judged", () => {
    assert.deepStrictEqual(codes(warn([0.9, 0.5, 0.15], 3000)), [
      ["nearHalf", 1],
      ["belowHalf", 2]
    ])
  })

  it("noiseWarnings counts labels", () => {
    assert.deepInclude(codes(warn([0.9, 0.9], 98)), ["fewLabels", 1])
    assert.notDeepInclude(codes(warn([0.9, 0.9], 100)), ["fewLabels", 1])
  })

  it("noiseWarnings refuses when the scorer is blind", () => {
    const pModel = Float64Array.from({ length: 80 }, (_, i) => 0.5 + (i % 2 === 0 ? 1 : -1) * 5e-7)
    const fit = rePo({ pModel, annotator: new Int32Array(80), nAnnotators: 1 })
    assert.deepStrictEqual(codes(noiseWarnings(fit, { calibrated: true, pModel })), [["noEvidence", undefined]])
  })

  it("noiseWarnings tells when EM stopped early and how far off it was", () => {
    const { annotator, nAnnotators, pModel } = plantLabels({ nLabels: 2000, marginSd: 2, reliability: [0.7], seed: 1 })
    const fit = rePo({ pModel, annotator, nAnnotators }, { maxIterations: 5 })
    const warnings = noiseWarnings(fit, { calibrated: true, pModel })
    assert.deepStrictEqual(codes(warnings), [["notConverged", undefined]])
    assert.include(warnings[0]!.message, "after 5 iterations")
  })

  it("noiseWarnings passes over an empty fit and annotators without labels", () => {
    const pModel = new Float64Array(0)
    const fit = rePo({ pModel, annotator: new Int32Array(0), nAnnotators: 3 })
    assert.deepStrictEqual(noiseWarnings(fit, { calibrated: true, pModel }), [])
  })
})

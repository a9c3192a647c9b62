import { assert, describe, it } from "@effect/vitest"
import { calibrationFinding } from "../src/calibrationFinding.ts"

describe("calibrationFinding", () => {
  const before = { calibrationError: 0.2, bins: [] }
  const after = { calibrationError: 0.01, bins: [{ meanPredicted: 0.7, observedShare: 0.75, count: 4 }] }
  const fitted = { pModel: Float64Array.of(0.7), reason: null, nTrusted: 4, temperature: 1.5, before, after }

  it("calibrationFinding carries the errors before and after, the temperature and the points of the diagram", () => {
    assert.deepStrictEqual(calibrationFinding(fitted), {
      temperature: 1.5,
      eceBefore: 0.2,
      eceAfter: 0.01,
      nTrusted: 4,
      bins: [{ predicted: 0.7, observed: 0.75, count: 4 }]
    })
  })

  it("calibrationFinding is null without a temperature", () => {
    assert.isNull(calibrationFinding({ ...fitted, temperature: null }))
    assert.isNull(calibrationFinding({ ...fitted, pModel: null, after: null }))
  })
})

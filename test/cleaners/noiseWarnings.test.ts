import { assert, describe, it } from "@effect/vitest"
import { noiseWarnings, type NoiseFacts } from "../../src/cleaners/noiseWarnings.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { plantLabels } from "./plantLabels.ts"

const warn = (reliability: ReadonlyArray<number>, nLabels: number, facts: Partial<NoiseFacts> = {}) => {
  const data = plantLabels({ nLabels, marginSd: 2, reliability, seed: nLabels })
  return noiseWarnings(rePo(data), { calibrated: true, ...facts })
}
const codes = (warnings: ReturnType<typeof noiseWarnings>) => warnings.map(({ annotator, code }) => [code, annotator])
const refusals = (warnings: ReturnType<typeof noiseWarnings>) =>
  warnings.filter(({ refuses }) => refuses).map(({ code }) => code)

const family = { family: 0, nJudges: 5, nComparisons: 3000 }
const interval = { estimate: 0.36, standardError: 0.03, lower: 0.31, upper: 0.42, nItems: 300, nTied: 4 }

describe("noiseWarnings", () => {
  it("noiseWarnings is silent about a sound fit", () => {
    assert.deepStrictEqual(warn([0.9, 0.75], 4000), [])
    assert.deepStrictEqual(
      warn([0.9, 0.75], 4000, {
        evidence: "otherRows",
        majority: { ...interval, upper: 0.51 },
        families: [{ ...family, meanCorrelation: 0.02, effectiveJudges: 5 / 1.08 }]
      }),
      []
    )
  })

  it("noiseWarnings asks for a temperature", () => {
    assert.deepStrictEqual(codes(warn([0.9], 2000, { calibrated: false })), [["uncalibrated", undefined]])
  })

  it("noiseWarnings refuses evidence that was fitted to the same labels", () => {
    assert.deepStrictEqual(refusals(warn([0.9, 0.8], 4000, { evidence: "sameRows" })), ["evidenceFromLabels"])
  })

  it("noiseWarnings refuses one annotator whose scores were fitted to its labels, unless trusted rows calibrate them", () => {
    assert.deepStrictEqual(refusals(warn([0.9], 4000, { evidence: "otherRows", calibrated: false })), ["mirrored"])
    assert.deepStrictEqual(refusals(warn([0.9, 0.8], 4000, { evidence: "otherRows", calibrated: false })), [])
    assert.deepStrictEqual(warn([0.9], 4000, { evidence: "otherRows" }), [])
  })

  it("noiseWarnings refuses scores fitted to votes of which each item has one, unless trusted rows calibrate them", () => {
    const facts = { evidence: "otherRows", calibrated: false } as const
    assert.deepStrictEqual(refusals(warn([0.9, 0.8], 4000, { ...facts, mostVotes: 1 })), ["mirrored"])
    assert.deepStrictEqual(refusals(warn([0.9, 0.8], 4000, { ...facts, mostVotes: 3 })), [])
    assert.deepStrictEqual(warn([0.9, 0.8], 4000, { evidence: "otherRows", mostVotes: 1 }), [])
  })

  it("noiseWarnings says that texts tell nothing, with how often a model of them agrees", () => {
    const texts = { estimate: 0.51, lower: 0.49, upper: 0.53 }
    const [first, ...others] = warn([0.9, 0.8], 4000, { texts })
    assert.deepStrictEqual([first!.code, first!.refuses, others.length], ["noSignal", false, 0])
    assert.include(first!.message, "agrees with 51 % of the votes it never saw (95 % interval 49 % to 53 %)")
    const [none] = warn([0.9], 4000, { texts: { estimate: Number.NaN, lower: 0, upper: 1 } })
    assert.include(none!.message, "No pair has both")
  })

  it("noiseWarnings refuses a majority below chance and says how far below", () => {
    const [first] = warn([0.9, 0.8], 4000, { majority: interval })
    assert.strictEqual(first!.code, "majorityBelowChance")
    assert.isTrue(first!.refuses)
    assert.include(first!.message, "36 % of 300 items")
    assert.include(first!.message, "31 % to 42 %")
  })

  it("noiseWarnings says as how many judges a family counts", () => {
    const families = [{ ...family, meanCorrelation: 0.5, effectiveJudges: 5 / 3 }]
    const warnings = warn([0.9, 0.8], 4000, { families, familyNames: new Map([[0, "mimic"]]) })
    assert.deepStrictEqual(codes(warnings), [["correlatedJudges", undefined]])
    assert.include(warnings[0]!.message, "The 5 judges of family mimic")
    assert.include(warnings[0]!.message, "about 1.7 independent judges")
    // Four comparisons prove nothing.
    assert.deepStrictEqual(warn([0.9, 0.8], 4000, { families: [{ ...families[0]!, nComparisons: 4 }] }), [])
  })

  it("noiseWarnings refuses what was learned from the agreement of judges who err together, and nothing else", () => {
    const correlated = { ...family, meanCorrelation: 0.5, effectiveJudges: 5 / 3 }
    const byAgreement = warn([0.9, 0.8], 4000, { together: { ...correlated, learnedFrom: "agreement" } })
    assert.deepStrictEqual(refusals(byAgreement), ["correlatedJudges"])
    assert.include(byAgreement[0]!.message, "The 5 judges err together (mean correlation of errors 0.50)")
    const counted = warn([0.9, 0.8], 4000, { together: { ...correlated, learnedFrom: "knownAnswers" } })
    assert.deepStrictEqual([codes(counted), refusals(counted)], [[["correlatedJudges", undefined]], []])
    const independent = { ...family, meanCorrelation: 0.1, effectiveJudges: 5 / 1.4, learnedFrom: "agreement" } as const
    assert.deepStrictEqual(warn([0.9, 0.8], 4000, { together: independent }), [])
  })

  it("noiseWarnings refuses when the scorer is blind", () => {
    const pModel = Float64Array.from({ length: 80 }, (_, i) => 0.5 + (i % 2 === 0 ? 1 : -1) * 5e-7)
    const fit = rePo({ pModel, annotator: new Int32Array(80), nAnnotators: 1 })
    assert.isNull(fit.noiseRate)
    const warnings = noiseWarnings(fit, { calibrated: true })
    assert.deepStrictEqual(codes(warnings), [["noEvidence", undefined]])
    assert.deepStrictEqual(refusals(warnings), ["noEvidence"])
  })

  it("noiseWarnings refuses one vote per item, and two annotators, without evidence", () => {
    const votes = (item: Array<number>, annotator: Array<number>) => ({
      item: Int32Array.from(item),
      annotator: Int32Array.from(annotator),
      side: Int8Array.from(item, (_, v) => (v % 3 === 0 ? -1 : 1)),
      pModel: new Float64Array(6).fill(0.5),
      nAnnotators: 3
    })
    const one = pooledRePo(votes([0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 2]))
    assert.isNull(one.noiseRate)
    assert.deepStrictEqual(refusals(noiseWarnings(one, { calibrated: true, mostVotes: 1 })), ["oneVote"])
    const two = pooledRePo(votes([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 0, 1, 0, 2, 0, 2]))
    assert.isNull(two.noiseRate)
    assert.deepStrictEqual(refusals(noiseWarnings(two, { calibrated: true, mostVotes: 2 })), ["tooFewOverlaps"])
  })

  it("noiseWarnings tells when EM stopped early", () => {
    const { annotator, nAnnotators, pModel } = plantLabels({ nLabels: 2000, marginSd: 2, reliability: [0.7], seed: 1 })
    const fit = rePo({ pModel, annotator, nAnnotators }, { maxIterations: 5 })
    const warnings = noiseWarnings(fit, { calibrated: true })
    assert.deepStrictEqual(codes(warnings), [["notConverged", undefined]])
    assert.include(warnings[0]!.message, "after 5 iterations")
  })

  it("noiseWarnings passes over an empty fit and annotators without labels", () => {
    const pModel = new Float64Array(0)
    const fit = rePo({ pModel, annotator: new Int32Array(0), nAnnotators: 3 })
    assert.deepStrictEqual(noiseWarnings(fit, { calibrated: true }), [])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { calibrateGaps } from "../../src/stages/calibrateGaps.ts"
import { fitReliability } from "../../src/stages/fitReliability.ts"
import { plantLabels } from "../cleaners/plantLabels.ts"
import { plantVotes } from "../cleaners/plantVotes.ts"

const names = ["ada", "emil"]
const reliability = [0.9, 0.7]

/** Labels and trusted verdicts whose gaps are true log-odds, calibrated as `clean` does. */
const simulate = (seed: number, nLabels: number, nTrusted: number) => {
  const labels = plantLabels({ nLabels, marginSd: 2, reliability, seed })
  const trusted = plantLabels({ nLabels: nTrusted, marginSd: 2, reliability: [1], seed: `trusted ${seed}` })
  const gap = Float64Array.of(...labels.margin, ...trusted.margin)
  // Half of the trusted verdicts are shown the other way round, as in a comparison.
  const correct = new Int8Array(gap.length).fill(-1)
  for (let i = 0; i < nTrusted; i++) {
    correct[nLabels + i] = i % 2
    if (i % 2 === 0) gap[nLabels + i]! *= -1
  }
  const random = keyedRandom("folds", seed)
  const calibration = calibrateGaps({
    gap,
    correct,
    group: Int32Array.from(gap.keys()),
    draws: Float64Array.from(gap, () => random()),
    trusted: ["gold"]
  })
  const votes = {
    item: Int32Array.from({ length: nLabels }, (_, i) => i),
    annotator: Int32Array.from(labels.annotator),
    side: new Int8Array(nLabels).fill(1),
    pModel: calibration.pModel.slice(0, nLabels),
    nAnnotators: 2
  }
  return { calibration, votes }
}

describe("fitReliability", () => {
  it("fitReliability covers the planted noise rate although the temperature is an estimate", () => {
    const nRuns = 200
    let covered = 0
    let coveredAsKnown = 0
    let nCalibrated = 0
    for (let seed = 0; seed < nRuns; seed++) {
      const { calibration, votes } = simulate(seed, 3000, 200)
      if (calibration.problem !== null) continue
      nCalibrated++
      const covers = (relativeError: number) => {
        const options = { method: "rePo", initialReliability: 0.9, names } as const
        const { noiseRate } = fitReliability(votes, { ...options, calibration: { problem: null, relativeError } })
        return Number(noiseRate!.ci95[0] <= 0.2 && noiseRate!.ci95[1] >= 0.2)
      }
      covered += covers(calibration.relativeError)
      coveredAsKnown += covers(0)
    }
    assert.isAbove(nCalibrated, 0.95 * nRuns)
    // 95 % less four standard errors; a temperature that is taken as known covers visibly less.
    assert.isAtLeast(covered / nCalibrated, 0.95 - 4 * Math.sqrt((0.95 * 0.05) / nCalibrated))
    assert.isBelow(coveredAsKnown / nCalibrated, 0.85, `beside ${covered / nCalibrated}`)
  })

  it("fitReliability widens the intervals of pooled votes by what the temperature does to them", () => {
    const votes = plantVotes({ nItems: 800, marginSd: 2, reliability, seed: 1 })
    const fit = (relativeError: number, pModel = votes.pModel) =>
      fitReliability(
        { ...votes, pModel },
        { method: "pooled", initialReliability: 0.8, names, calibration: { problem: null, relativeError } }
      )
    const known = fit(0)
    const wide = fit(0.1)
    // The same votes with a temperature that is off by one such error, up and down.
    const [hot, cold] = [1.1, 1 / 1.1].map((by) =>
      fit(
        0,
        votes.pModel.map((p) => sigmoid(Math.log(p / (1 - p)) / by))
      )
    )
    const parts = (one: typeof known) => [one.noiseRate!, ...one.reliability.map((estimate) => estimate!)]
    for (const [i, { ci95, estimate }] of parts(known).entries()) {
      const drift = (parts(hot!)[i]!.estimate - parts(cold!)[i]!.estimate) / (2 * Math.log(1.1))
      const half = 1.96 * 0.1 * drift
      const [lower, upper] = parts(wide)[i]!.ci95
      assert.strictEqual(parts(wide)[i]!.estimate, estimate)
      assert.closeTo(lower, estimate - Math.hypot(estimate - ci95[0], half), 1e-3)
      assert.closeTo(upper, estimate + Math.hypot(ci95[1] - estimate, half), 1e-3)
      assert.isAbove(upper - lower, 1.01 * (ci95[1] - ci95[0]))
    }
  })

  it("fitReliability widens by nothing where the temperature is known, and never passes 0 and 1", () => {
    const { votes } = simulate(1, 1500, 80)
    const options = { method: "rePo", initialReliability: 0.9, names } as const
    const at = (relativeError: number) =>
      fitReliability(votes, { ...options, calibration: { problem: null, relativeError } })
    const widths = [0, 0.1, 1, 1000].map((relativeError) => {
      const [lower, upper] = at(relativeError).noiseRate!.ci95
      assert.isTrue(lower >= 0 && upper <= 1)
      return upper - lower
    })
    assert.deepStrictEqual(
      widths,
      widths.toSorted((a, b) => a - b)
    )
    assert.deepStrictEqual(at(1).noiseRate!.estimate, at(0).noiseRate!.estimate)
    assert.deepStrictEqual(at(1).labelProb, at(0).labelProb)
  })

  const pooled = {
    method: "pooled",
    initialReliability: 0.8,
    calibration: { problem: null, relativeError: 0 }
  } as const

  it("fitReliability learns no more from verdicts that the same annotator gives twice", () => {
    const votes = plantVotes({ nItems: 120, marginSd: 2, reliability, seed: 2 })
    const twice = (values: Int32Array | Int8Array) => [...values, ...values]
    const doubled = {
      ...votes,
      item: Int32Array.from(twice(votes.item)),
      annotator: Int32Array.from(twice(votes.annotator)),
      side: Int8Array.from(twice(votes.side))
    }
    const [once, both] = [votes, doubled].map((each) => fitReliability(each, { ...pooled, names }))
    assert.deepStrictEqual(both!.reliability, once!.reliability)
    assert.deepStrictEqual(both!.noiseRate, once!.noiseRate)
    assert.deepStrictEqual(both!.itemProb, once!.itemProb)
    assert.deepStrictEqual([...both!.labelProb], [...once!.labelProb, ...once!.labelProb])
    assert.deepStrictEqual([...both!.nLabels], [240, 240])
  })

  it("fitReliability refuses judges who err together, unless calibrated evidence speaks about them", () => {
    const { pModel, truth } = plantVotes({ nItems: 600, marginSd: 2, reliability: [0.9], seed: 3 })
    const random = keyedRandom("fitReliability test")
    const judges = Array.from({ length: 12 }, (_, k) => `judge ${k}`)
    // Two camps, each of one mind in eight of ten cases.
    const sides = [...truth].flatMap((right) => {
      const camps = [random() < 0.7, random() < 0.7]
      return judges.map((_, k) => ((random() < 0.8 ? camps[k % 2]! : random() < 0.7) ? right : -right))
    })
    const votes = {
      item: Int32Array.from(sides, (_, v) => Math.floor(v / 12)),
      annotator: Int32Array.from(sides, (_, v) => v % 12),
      side: Int8Array.from(sides),
      nAnnotators: 12
    }
    const fit = (p: Float64Array) => fitReliability({ ...votes, pModel: p }, { ...pooled, names: judges })
    const codes = ({ warnings }: ReturnType<typeof fit>) => warnings.map(({ code }) => code)
    const agreed = fit(new Float64Array(600).fill(0.5))
    assert.isTrue(agreed.refused)
    assert.isNull(agreed.noiseRate)
    assert.include(codes(agreed), "correlatedJudges")
    const known = fit(pModel)
    assert.isFalse(known.refused)
    assert.include(codes(known), "correlatedJudges")
    assert.isNotNull(known.noiseRate)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { noisyBradleyTerry, noisyBradleyTerryObjective } from "../../src/cleaners/noisyBradleyTerry.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { plantComparisons, renamedAndTurned, spearman } from "./plantComparisons.ts"

const range = (n: number, from: number, to: number) =>
  Float64Array.from({ length: n }, (_, k) => from + ((to - from) * k) / (n - 1))
const small = () =>
  plantComparisons({
    nComparisons: 60,
    nCandidates: 5,
    scoreSd: 1,
    skill: Float64Array.of(0.9, 0.5, 0.2),
    firstBias: Float64Array.of(0.5, 0.9, 0.3),
    seed: "small"
  }).comparisons

describe("noisyBradleyTerry", () => {
  it("noisyBradleyTerry has the gradient that finite differences have", () => {
    const comparisons = small()
    const random = keyedRandom("point")
    for (let trial = 0; trial < 3; trial++) {
      const x = Float64Array.from({ length: 11 }, () => 2 * normal(random))
      const at = (point: Float64Array) => noisyBradleyTerryObjective(comparisons, 0.3, 0.7, point, new Float64Array(11))
      const gradient = new Float64Array(11)
      noisyBradleyTerryObjective(comparisons, 0.3, 0.7, x, gradient)
      for (const j of x.keys()) {
        const h = 1e-5
        const moved = (by: number) => at(x.map((value, i) => value + (i === j ? by : 0)))
        assert.closeTo(gradient[j]!, (moved(h) - moved(-h)) / (2 * h), 1e-6, `entry ${j}`)
      }
    }
  })

  it("noisyBradleyTerry has the value that the formula has", () => {
    const { annotator, first, firstWon, second, ...sizes } = small()
    const x = Float64Array.of(0.5, -1, 2, 0, 0.3, 1, -0.5, 2, 0.4, -1, 3)
    const s = (z: number) => 1 / (1 + Math.exp(-z))
    let expected = 0
    for (const [j, z] of x.entries()) expected -= (j < 5 ? 0.3 : 0.7) * Math.log(s(z) * s(-z))
    for (const i of first.keys()) {
      const y = firstWon[i] === 1 ? 1 : -1
      const skill = s(x[5 + annotator[i]!]!)
      expected -= Math.log(skill * s(y * (x[first[i]!]! - x[second[i]!]!)) + (1 - skill) * s(y * x[8 + annotator[i]!]!))
    }
    const comparisons = { annotator, first, firstWon, second, ...sizes }
    assert.closeTo(noisyBradleyTerryObjective(comparisons, 0.3, 0.7, x, new Float64Array(11)), expected, 1e-9)
  })

  it("noisyBradleyTerry ranks 100 annotators and 500 candidates from 100,000 comparisons", () => {
    const skill = range(100, 0.1, 0.98)
    const random = keyedRandom("bias")
    const firstBias = Float64Array.from({ length: 100 }, () => 0.1 + 0.8 * random())
    const planted = plantComparisons({
      nComparisons: 100_000,
      nCandidates: 500,
      scoreSd: 1.5,
      skill,
      firstBias,
      seed: 1
    })
    const fit = noisyBradleyTerry(planted.comparisons)
    assert.isTrue(fit.converged)
    assert.isAtLeast(spearman(fit.skill, skill), 0.95)
    assert.isAtLeast(spearman(fit.score, planted.score), 0.95)
    assert.isAtLeast(spearman(fit.firstBias, firstBias), 0.85)
  })

  it("noisyBradleyTerry recovers skills, biases and score differences", () => {
    const skill = Float64Array.of(0.95, 0.7, 0.4)
    const firstBias = Float64Array.of(0.5, 0.9, 0.2)
    const planted = plantComparisons({ nComparisons: 40_000, nCandidates: 10, scoreSd: 2, skill, firstBias, seed: 2 })
    const fit = noisyBradleyTerry(planted.comparisons)
    for (const k of [0, 1, 2]) assert.closeTo(fit.skill[k]!, skill[k]!, 0.04)
    for (const k of [1, 2]) assert.closeTo(fit.firstBias[k]!, firstBias[k]!, 0.05)
    const apart = (score: Float64Array) => score.map((value) => value - score[0]!)
    for (const [j, value] of apart(planted.score).entries()) assert.closeTo(apart(fit.score)[j]!, value, 0.3)
  })

  it("noisyBradleyTerry finds one candidate pair in closed form when everybody looks", () => {
    // 30 wins of 40; the two priors on scores are worth next to nothing, and a bias cannot explain wins in both places.
    const first = Int32Array.from({ length: 40 }, (_, i) => i % 2)
    const firstWon = Uint8Array.from({ length: 40 }, (_, i) => ((i % 2 === 0) === i % 8 < 6 ? 1 : 0))
    const fit = noisyBradleyTerry(
      {
        first,
        second: first.map((a) => 1 - a),
        firstWon,
        annotator: new Int32Array(40),
        nCandidates: 2,
        nAnnotators: 1
      },
      { anchorWeight: 1e-6, annotatorPrior: 1e-6, maxIterations: 2000 }
    )
    const { firstBias, score, skill } = { ...fit, skill: fit.skill[0]!, firstBias: fit.firstBias[0]! }
    const p = 1 / (1 + Math.exp(score[1]! - score[0]!))
    assert.closeTo(skill * p + (1 - skill) * firstBias, 0.75, 0.01)
    assert.closeTo(skill * (1 - p) + (1 - skill) * firstBias, 0.25, 0.01)
  })

  it("noisyBradleyTerry never lets the posterior fall, permutes with its input and mirrors with the sides", () => {
    const comparisons = small()
    const fit = noisyBradleyTerry(comparisons)
    for (let t = 1; t < fit.logLikelihood.length; t++) {
      assert.isAtLeast(fit.logLikelihood[t]!, fit.logLikelihood[t - 1]!)
    }
    const candidates = [3, 0, 4, 1, 2]
    const annotators = [2, 0, 1]
    const other = noisyBradleyTerry(renamedAndTurned(comparisons, candidates, annotators))
    for (const [j, to] of candidates.entries()) assert.closeTo(other.score[to]!, fit.score[j]!, 1e-3)
    for (const [k, to] of annotators.entries()) {
      assert.closeTo(other.skill[to]!, fit.skill[k]!, 1e-3)
      assert.closeTo(other.firstBias[to]!, 1 - fit.firstBias[k]!, 1e-3)
    }
  })

  it("noisyBradleyTerry keeps the prior where nothing was compared and refuses what is none", () => {
    const comparisons = { ...small(), nCandidates: 6, nAnnotators: 4 }
    const fit = noisyBradleyTerry(comparisons)
    assert.strictEqual(fit.score[5], 0)
    assert.isNaN(fit.skill[3]!)
    assert.strictEqual(fit.nLabels[3], 0)
    assert.throws(() => noisyBradleyTerry(comparisons, { anchorWeight: 0 }), /anchorWeight 0/)
    assert.throws(() => noisyBradleyTerry({ ...comparisons, nCandidates: 2 }), /Cannot fit noisy Bradley-Terry: found/)
  })
})

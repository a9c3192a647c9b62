import { assert, describe, it } from "@effect/vitest"
import { crowdBt, crowdBtObjective } from "../../src/cleaners/crowdBt.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { plantComparisons, renamedAndTurned, spearman } from "./plantComparisons.ts"

/** Not looking with a fair coin is reporting right with probability (1 + skill) / 2. */
const plant = (nComparisons: number, nCandidates: number, reliability: ReadonlyArray<number>, seed: string) =>
  plantComparisons({
    nComparisons,
    nCandidates,
    scoreSd: 2,
    skill: Float64Array.from(reliability, (r) => 2 * r - 1),
    firstBias: Float64Array.from(reliability, () => 0.5),
    seed
  })

describe("crowdBt", () => {
  it("crowdBt has the gradient that finite differences have", () => {
    const { comparisons } = plant(50, 4, [0.9, 0.6], "gradient")
    const random = keyedRandom("point")
    const x = Float64Array.from({ length: 6 }, () => 2 * normal(random))
    const prior = { right: 3, wrong: 0.5 }
    const at = (point: Float64Array) => crowdBtObjective(comparisons, 0.2, prior, point, new Float64Array(6))
    const gradient = new Float64Array(6)
    crowdBtObjective(comparisons, 0.2, prior, x, gradient)
    for (const j of x.keys()) {
      const moved = (by: number) => at(x.map((value, i) => value + (i === j ? by : 0)))
      assert.closeTo(gradient[j]!, (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-6, `entry ${j}`)
    }
  })

  it("crowdBt has the value that the formula has", () => {
    const { comparisons } = plant(2000, 4, [0.9, 0.6], "value")
    const x = Float64Array.of(0.5, -1, 2, 0, 1.5, 0.2)
    const s = (z: number) => 1 / (1 + Math.exp(-z))
    let expected = 0
    for (const z of x.subarray(0, 4)) expected -= 0.2 * Math.log(s(z) * s(-z))
    for (const z of x.subarray(4)) expected -= 3 * Math.log(s(z)) + 0.5 * Math.log(s(-z))
    for (const [i, a] of comparisons.first.entries()) {
      const p = s(x[a]! - x[comparisons.second[i]!]!)
      const r = s(x[4 + comparisons.annotator[i]!]!)
      expected -= Math.log(comparisons.firstWon[i] === 1 ? r * p + (1 - r) * (1 - p) : r * (1 - p) + (1 - r) * p)
    }
    assert.closeTo(crowdBtObjective(comparisons, 0.2, { right: 3, wrong: 0.5 }, x, new Float64Array(6)), expected, 1e-8)
  })

  it("crowdBt recovers reliabilities and scores", () => {
    const reliability = [0.95, 0.85, 0.7, 0.55]
    const { comparisons, score } = plant(40_000, 30, reliability, "recovery")
    const fit = crowdBt(comparisons)
    assert.isTrue(fit.converged)
    for (const [k, r] of reliability.entries()) assert.closeTo(fit.reliability[k]!, r, 0.03)
    assert.isAbove(spearman(fit.score, score), 0.98)
    const apart = (values: Float64Array) => Math.max(...values) - Math.min(...values)
    assert.closeTo(apart(fit.score) / apart(score), 1, 0.15)
  })

  it("crowdBt finds an annotator that lies", () => {
    const { comparisons } = plant(6000, 20, [0.9, 0.9, 0.9, 0.9], "liar")
    const firstWon = comparisons.firstWon.map((won, i) => (comparisons.annotator[i] === 3 ? 1 - won : won))
    const { reliability } = crowdBt({ ...comparisons, firstWon })
    assert.isAbove(Math.min(...reliability.subarray(0, 3)), 0.8)
    assert.isBelow(reliability[3]!, 0.2)
  })

  it("crowdBt never lets the posterior fall, permutes with its input and mirrors with the sides", () => {
    const { comparisons } = plant(80, 5, [0.9, 0.7, 0.6], "permutation")
    const fit = crowdBt(comparisons)
    for (let t = 1; t < fit.logLikelihood.length; t++) {
      assert.isAtLeast(fit.logLikelihood[t]!, fit.logLikelihood[t - 1]!)
    }
    const candidates = [3, 0, 4, 1, 2]
    const annotators = [2, 0, 1]
    const other = crowdBt(renamedAndTurned(comparisons, candidates, annotators))
    for (const [j, to] of candidates.entries()) assert.closeTo(other.score[to]!, fit.score[j]!, 1e-3)
    for (const [k, to] of annotators.entries()) assert.closeTo(other.reliability[to]!, fit.reliability[k]!, 1e-3)
    const worse = crowdBt({ ...comparisons, firstWon: comparisons.firstWon.map((won) => 1 - won) })
    for (const j of [0, 1, 2, 3, 4]) assert.closeTo(worse.score[j]!, -fit.score[j]!, 1e-3)
  })

  it("crowdBt keeps scores finite for a candidate that always wins and centres groups that never meet", () => {
    const fit = crowdBt({
      first: Int32Array.of(0, 0, 2, 2),
      second: Int32Array.of(1, 1, 3, 3),
      firstWon: Uint8Array.of(1, 1, 1, 1),
      annotator: Int32Array.of(0, 0, 0, 0),
      nCandidates: 5,
      nAnnotators: 2
    })
    assert.isTrue(fit.score.every(Number.isFinite))
    assert.closeTo(fit.score[0]! + fit.score[1]!, 0, 1e-4)
    assert.closeTo(fit.score[2]! + fit.score[3]!, 0, 1e-4)
    assert.isAbove(fit.score[0]!, 1)
    assert.strictEqual(fit.score[4], 0)
    assert.isNaN(fit.reliability[1]!)
  })

  it("crowdBt takes nothing and refuses priors of nothing", () => {
    const none = {
      first: new Int32Array(0),
      second: new Int32Array(0),
      firstWon: new Uint8Array(0),
      annotator: new Int32Array(0)
    }
    const fit = crowdBt({ ...none, nCandidates: 1, nAnnotators: 1 })
    assert.deepStrictEqual([...fit.score], [0])
    const options = { reliabilityPrior: { right: 1, wrong: 0 } }
    assert.throws(() => crowdBt({ ...none, nCandidates: 1, nAnnotators: 1 }, options), /reliabilityPrior 1 to 0/)
  })
})

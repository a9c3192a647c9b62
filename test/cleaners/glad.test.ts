import { assert, describe, it } from "@effect/vitest"
import { glad, gladObjective } from "../../src/cleaners/glad.ts"
import { majorityVote } from "../../src/cleaners/majorityVote.ts"
import { votesByItem } from "../../src/cleaners/Votes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { accuracy, crowdModel, plantVotes, votesOf } from "../contracts/crowdModel.ts"

crowdModel(
  "glad",
  (votes) => {
    const fit = glad(votes, { tolerance: 1e-14, maxIterations: 300 })
    return { ...fit, quality: fit.ability }
  },
  { tolerance: 1e-4, accuracy: 0.885 }
)

/** Votes from the model itself, with every annotator on every item. */
const plant = (nItems: number, ability: ReadonlyArray<number>, seed: string) => {
  const random = keyedRandom(seed)
  const logEase = Float64Array.from({ length: nItems }, () => 1 + normal(random))
  const truth = Int8Array.from({ length: nItems }, () => (random() < 0.5 ? 0 : 1))
  const rows = [...truth.keys()].flatMap((i) =>
    ability.map((a, k) => {
      const isRight = random() < sigmoid(a * Math.exp(logEase[i]!))
      return [i, k, isRight ? truth[i]! : 1 - truth[i]!] as const
    })
  )
  return { logEase, truth, votes: votesOf(rows, { nItems, nAnnotators: ability.length, nClasses: 2 }) }
}

const correlation = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  const xs = Array.from(a)
  const ys = Array.from(b)
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
  const product = (us: ReadonlyArray<number>, vs: ReadonlyArray<number>) =>
    us.reduce((sum, u, i) => sum + (u - mean(us)) * (vs[i]! - mean(vs)), 0)
  return product(xs, ys) / Math.sqrt(product(xs, xs) * product(ys, ys))
}

describe("glad", () => {
  it("glad has the gradient that finite differences have", () => {
    const { votes } = plantVotes({ nItems: 7, nClasses: 3, reliability: [0.8, 0.6, 0.4], coverage: 0.8, seed: 3 })
    const byItem = votesByItem(votes)
    const random = keyedRandom("point")
    const x = Float64Array.from({ length: 10 }, () => normal(random))
    const scratch = new Float64Array(21)
    const at = (point: Float64Array) => gladObjective(byItem, votes, point, new Float64Array(10), scratch)
    const gradient = new Float64Array(10)
    gladObjective(byItem, votes, x, gradient, scratch)
    for (const j of x.keys()) {
      const h = 1e-5
      const slope =
        (at(x.map((value, i) => value + (i === j ? h : 0))) - at(x.map((value, i) => value - (i === j ? h : 0)))) /
        (2 * h)
      assert.closeTo(gradient[j]!, slope, 1e-7, `entry ${j}`)
    }
  })

  it("glad has the value that multiplying probabilities has", () => {
    const { votes } = plantVotes({ nItems: 4, nClasses: 3, reliability: [0.8, 0.6], seed: 5 })
    const x = Float64Array.of(1.3, -0.4, 0.2, 1, 2, -1)
    let expected = 0
    for (const value of x) expected += (value - 1) ** 2 / 2
    for (let i = 0; i < 4; i++) {
      let density = 0
      for (let c = 0; c < 3; c++) {
        let joint = 1 / 3
        for (const [v, own] of votes.item.entries()) {
          if (own !== i) continue
          const right = 1 / (1 + Math.exp(-x[votes.annotator[v]!]! * Math.exp(x[2 + i]!)))
          joint *= votes.label[v] === c ? right : (1 - right) / 2
        }
        density += joint
      }
      expected -= Math.log(density)
    }
    const value = gladObjective(votesByItem(votes), votes, x, new Float64Array(6), new Float64Array(12))
    assert.closeTo(value, expected, 1e-10)
  })

  it("glad recovers abilities and the order of eases", () => {
    const ability = [1.5, 1, 0.7, 0.4, 0.2, 0.1, 0.9, 1.2, -0.3, 0.6]
    const { logEase, truth, votes } = plant(3000, ability, "glad")
    const fit = glad(votes, { maxIterations: 500 })
    assert.isTrue(fit.converged)
    assert.isAbove(correlation(fit.ability, ability), 0.98)
    assert.isAbove(correlation(fit.logEase, logEase), 0.4)
    assert.isBelow(fit.ability[8]!, 0)
    const gain = accuracy(fit.classProb, truth, 2) - accuracy(majorityVote(votes).classProb, truth, 2)
    assert.isAbove(gain, 0.01)
  })

  it("glad leaves items and annotators without votes at the prior", () => {
    const fit = glad(
      votesOf(
        [
          [0, 0, 1],
          [0, 1, 1]
        ],
        { nItems: 2, nAnnotators: 3, nClasses: 2 }
      )
    )
    assert.strictEqual(fit.logEase[1], 1)
    assert.deepStrictEqual([...fit.classProb.subarray(2)], [0.5, 0.5])
    assert.isNaN(fit.ability[2]!)
    assert.isNaN(fit.reliability[2]!)
    assert.isAbove(fit.classProb[1]!, 0.9)
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { bestWorst, type ScoredCandidate } from "../../src/pairings/bestWorst.ts"

const candidates = (...scores: Array<number | null>): Array<ScoredCandidate> =>
  scores.map((score, i) => ({ id: `c${i}`, text: `text ${i}`, score }))
const reason = (...input: Parameters<typeof bestWorst>) => {
  const result = bestWorst(...input)
  return "reason" in result ? result.reason : "pair"
}

describe("bestWorst", () => {
  it("bestWorst pairs the highest with the lowest score", () => {
    assert.deepStrictEqual(bestWorst(candidates(0.2, null, 0.9, 0.5, Number.NaN)), {
      chosen: 2,
      rejected: 0,
      margin: 0.7
    })
  })

  it("bestWorst drops ties by default", () => {
    assert.strictEqual(reason(candidates(1, 3, 3)), "tie")
    assert.strictEqual(reason(candidates(1, 1, 3)), "tie")
    assert.strictEqual(reason(candidates(2, 2, 2)), "tie")
    assert.strictEqual(reason(candidates(1, 2, 2, 3)), "pair")
  })

  it("bestWorst breaks ties evenly at random when asked to", () => {
    const random = keyedRandom("ties")
    const counts = [0, 0, 0, 0, 0]
    for (let i = 0; i < 6000; i++) {
      const pair = bestWorst(candidates(9, 1, 9, 1, 9), { tie: "random", random })
      assert.isTrue("chosen" in pair)
      if ("reason" in pair) continue
      counts[pair.chosen]!++
      counts[pair.rejected]!++
    }
    for (const i of [0, 2, 4]) assert.closeTo(counts[i]!, 2000, 4 * Math.sqrt(6000 * (1 / 3) * (2 / 3)))
    for (const i of [1, 3]) assert.closeTo(counts[i]!, 3000, 4 * Math.sqrt(6000 / 4))
    assert.strictEqual(reason(candidates(2, 2), { tie: "random", random }), "tie")
  })

  it("bestWorst needs two scores", () => {
    assert.strictEqual(reason(candidates(1, null)), "tooFew")
    assert.strictEqual(reason([]), "tooFew")
  })

  it("bestWorst refuses identical texts", () => {
    const same = [
      { id: "a", text: "same", score: 1 },
      { id: "b", text: "same", score: 2 }
    ]
    assert.strictEqual(reason(same), "identical")
  })

  it("bestWorst takes repeated texts with equal scores for one candidate", () => {
    const list = [
      { id: "b", text: "good", score: 5 },
      { id: "a", text: "good", score: 5 },
      { id: "c", text: "bad", score: 1 }
    ]
    assert.deepStrictEqual(bestWorst(list), { chosen: 1, rejected: 2, margin: 4 })
  })

  it.prop("bestWorst does not depend on the order of the candidates", { seed: Schema.Int }, ({ seed }) => {
    const random = keyedRandom("order", seed)
    const list = Array.from({ length: Math.floor(random() * 6) }, (_, i) => ({
      id: `c${i}`,
      text: `t${Math.floor(random() * 4)}`,
      score: random() < 0.2 ? null : Math.floor(random() * 4)
    }))
    const describePair = (input: Array<ScoredCandidate>) => {
      const result = bestWorst(input, { tie: "random", random: keyedRandom("draw", seed) })
      return "reason" in result ? result : { ...result, chosen: input[result.chosen], rejected: input[result.rejected] }
    }
    assert.deepStrictEqual(describePair(list.toReversed()), describePair(list))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { cut, field } from "./cut.ts"

const scores = (...given: ReadonlyArray<number | null>) =>
  field(Object.fromEntries(given.map((score, i) => [`c${i}`, score])))
const outcome = (...given: Parameters<typeof cut>) => {
  const { named, reasons } = cut(...given)
  return named.length > 0 ? named.join(" ") : reasons.join(" ")
}

describe("bestWorst", () => {
  it("bestWorst pairs the highest with the lowest score", () => {
    assert.strictEqual(outcome(scores(0.2, null, 0.9, 0.5, Number.NaN), bestWorst()), "c2>c0")
  })

  it("bestWorst drops ties by default", () => {
    assert.strictEqual(outcome(scores(1, 3, 3), bestWorst()), "tie")
    assert.strictEqual(outcome(scores(1, 1, 3), bestWorst()), "tie")
    assert.strictEqual(outcome(scores(2, 2, 2), bestWorst()), "tie")
    assert.strictEqual(outcome(scores(1, 2, 2, 3), bestWorst()), "c3>c0")
    assert.match(cut(scores(1, 3, 3), bestWorst()).problems[0]!.detail, /2 candidates share the best score 3/)
    assert.match(cut(scores(1, 1, 3), bestWorst()).problems[0]!.detail, /2 candidates share the worst score 1/)
    assert.match(cut(scores(2, 2), bestWorst()).problems[0]!.detail, /All 2 scores are 2/)
  })

  it("bestWorst breaks ties evenly at random when asked to, and keeps them all when asked to", () => {
    const list = scores(9, 1, 9, 1, 9)
    const rule = bestWorst({ tie: "random" })
    const counts = [0, 0, 0, 0, 0]
    for (let seed = 0; seed < 6000; seed++) {
      for (const { chosen, rejected } of cut(list, rule, seed).pairs) {
        counts[chosen]!++
        counts[rejected]!++
      }
    }
    for (const i of [0, 2, 4]) assert.closeTo(counts[i]!, 2000, 4 * Math.sqrt(6000 * (1 / 3) * (2 / 3)))
    for (const i of [1, 3]) assert.closeTo(counts[i]!, 3000, 4 * Math.sqrt(6000 / 4))
    assert.strictEqual(outcome(scores(2, 2), rule), "tie")
    assert.strictEqual(cut(list, bestWorst({ tie: "keep" })).pairs.length, 6)
  })

  it("bestWorst needs two scores", () => {
    assert.strictEqual(outcome(scores(1, null), bestWorst()), "tooFew")
    assert.strictEqual(outcome([], bestWorst()), "tooFew")
  })

  it("bestWorst refuses identical texts and does not look for others", () => {
    const same = { text: "same" }
    const two = { a: { ...same, score: 1 }, b: { ...same, score: 2 } }
    assert.strictEqual(outcome(field(two), bestWorst()), "identical")
    assert.strictEqual(outcome(field({ ...two, c: 1.5 }), bestWorst()), "identical")
  })

  it("bestWorst takes repeated texts with equal scores for one candidate", () => {
    const list = field({ b: { text: "good", score: 5 }, a: { text: "good", score: 5 }, c: { text: "bad", score: 1 } })
    assert.strictEqual(outcome(list, bestWorst()), "a>c")
    assert.isFalse(cut(list, bestWorst()).pairs[0]!.sharedPlace)
  })

  it("bestWorst leaves derived candidates out", () => {
    assert.strictEqual(outcome(field({ a: 9, b: 5, x: { score: 1, parentId: "a" } }), bestWorst()), "a>b")
  })
})

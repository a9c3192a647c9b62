import { assert, describe, it } from "@effect/vitest"
import { bestRandom } from "../../src/pairings/bestRandom.ts"
import { cut, field } from "./cut.ts"

describe("bestRandom", () => {
  it("bestRandom rejects each of the others equally often, by seed", () => {
    const candidates = field({ a: 9, b: 5, c: 1, d: 3, x: { score: 0, parentId: "a" } })
    const counts = new Map<string, number>()
    const n = 3000
    for (let seed = 0; seed < n; seed++) {
      const { named } = cut(candidates, bestRandom(), seed)
      for (const name of named) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    assert.deepStrictEqual([...counts.keys()].toSorted(), ["a>b", "a>c", "a>d"])
    for (const count of counts.values()) assert.closeTo(count / n, 1 / 3, 4 * Math.sqrt(2 / 9 / n))
    assert.deepStrictEqual(cut(candidates, bestRandom(), 7).named, cut(candidates, bestRandom(), 7).named)
    assert.deepStrictEqual(cut(field({ a: 2, b: 2 }), bestRandom()).reasons, ["tie"])
  })

  it("bestRandom makes no pair, all or one where several share the highest score", () => {
    const candidates = field({ a: 5, b: 5, c: 1, d: 2 })
    const dropped = cut(candidates, bestRandom())
    assert.deepStrictEqual([dropped.named, dropped.reasons], [[], ["tie"]])
    assert.strictEqual(dropped.problems[0]!.detail, "2 candidates share the best score 5")
    const counts = new Map<string, number>()
    const n = 2000
    for (let seed = 0; seed < n; seed++) {
      const kept = cut(candidates, bestRandom({ tie: "keep" }), seed)
      assert.include([["a>c", "b>c"].join(), ["a>d", "b>d"].join()], kept.named.toSorted().join())
      const drawn = cut(candidates, bestRandom({ tie: "random" }), seed)
      assert.isTrue([...kept.pairs, ...drawn.pairs].every(({ sharedPlace }) => sharedPlace))
      for (const name of drawn.named) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    assert.deepStrictEqual([...counts.keys()].toSorted(), ["a>c", "a>d", "b>c", "b>d"])
    for (const count of counts.values()) assert.closeTo(count / n, 1 / 4, 4 * Math.sqrt(3 / 16 / n))
  })

  it("bestRandom takes repeated texts with equal scores for one candidate, and one place that was drawn for no tie", () => {
    const same = { text: "good", score: 5 }
    for (const seed of [1, 2, 3, 4]) {
      const { named, pairs } = cut(field({ b: same, a: same, c: 1, d: 1 }), bestRandom(), seed)
      assert.match(named.join(), /^a>[cd]$/)
      assert.isFalse(pairs[0]!.sharedPlace)
    }
  })
})

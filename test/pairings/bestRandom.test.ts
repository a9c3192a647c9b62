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
})

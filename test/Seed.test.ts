import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Seed from "../src/Seed.ts"

interface Golden {
  readonly contentId: ReadonlyArray<{ readonly parts: ReadonlyArray<string | number>; readonly id: string }>
}
const golden = JSON.parse(fs.readFileSync(new URL("golden/keyedRandom.json", import.meta.url), "utf8")) as Golden

const first = (...parts: Parameters<typeof Seed.random>) => Seed.random(...parts)()

describe("random", () => {
  it("random depends on seed, stage, row and draw, and on each of them", () => {
    const base = [1, "generate", "row-1", 0] as const
    assert.strictEqual(first(...base), first(...base))
    const others = [
      first(2, "generate", "row-1", 0),
      first(1, "inject", "row-1", 0),
      first(1, "generate", "row-2", 0),
      first(1, "generate", "row-1", 1),
      first(1, "generate", "row-1"),
      first(1, "generate", "row-1", 0, "more")
    ]
    assert.strictEqual(new Set([first(...base), ...others]).size, others.length + 1)
  })

  it("random splits rows into shares as asked, in every stage anew", () => {
    const n = 40_000
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < n; i++) {
      const a = first(5, "split", `row-${i}`) < 0.1 ? 1 : 0
      const b = first(5, "split#2", `row-${i}`) < 0.1 ? 2 : 0
      counts[a + b]!++
    }
    const expected = [0.81, 0.09, 0.09, 0.01].map((share) => share * n)
    const chiSquare = counts.reduce((sum, count, k) => sum + (count - expected[k]!) ** 2 / expected[k]!, 0)
    // Three degrees of freedom: above 25 in one case of 60,000.
    assert.isBelow(chiSquare, 25)
  })
})

describe("contentId", () => {
  it.each(golden.contentId)("contentId of $parts equals the independent implementation", ({ parts, id }) => {
    assert.strictEqual(Seed.contentId(...parts), id)
  })

  it("contentId has no collision in 100,000 contents", () => {
    const ids = new Set<string>()
    for (let i = 0; i < 50_000; i++) ids.add(Seed.contentId("prompt", i)).add(Seed.contentId(`prompt ${i}`))
    assert.strictEqual(ids.size, 100_000)
    for (const id of ids) if (!/^[0-9a-f]{24}$/.test(id)) assert.fail(id)
  })

  it("contentId tells apart where one part ends", () => {
    const ids = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"]].map((parts) => Seed.contentId(...parts))
    assert.strictEqual(new Set(ids).size, ids.length)
  })
})

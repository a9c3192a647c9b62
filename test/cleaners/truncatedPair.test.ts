import { assert, describe, it } from "@effect/vitest"
import { truncatedPair } from "../../src/cleaners/truncatedPair.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** By cutting the whole sequences, as a trainer does. */
const byCutting = (
  prompt: ReadonlyArray<number>,
  chosen: ReadonlyArray<number>,
  rejected: ReadonlyArray<number>,
  maxLength: number
) => {
  if (prompt.length >= maxLength) return "noReply"
  const [a, b] = [chosen, rejected].map((reply) => [...prompt, ...reply].slice(0, maxLength).join(" "))
  return a === b ? "same" : "different"
}

describe("truncatedPair", () => {
  it("truncatedPair agrees with cutting the whole sequences", () => {
    const random = keyedRandom(1, "pairs")
    const draw = (most: number) => Math.floor(random() * most)
    const seen = new Set<string>()
    for (let i = 0; i < 2000; i++) {
      const prompt = Array.from({ length: draw(6) }, () => draw(3))
      const shared = Array.from({ length: draw(6) }, () => draw(3))
      const chosen = [...shared, ...Array.from({ length: draw(3) }, () => draw(3))]
      const rejected = [...shared, ...Array.from({ length: draw(3) }, () => draw(3))]
      const maxLength = 1 + draw(8)
      const expected = byCutting(prompt, chosen, rejected, maxLength)
      seen.add(expected)
      assert.strictEqual(truncatedPair(prompt, chosen, rejected, maxLength), expected)
    }
    assert.strictEqual(seen.size, 3)
  })

  it("truncatedPair reads no further than it has to", () => {
    let nRead = 0
    const endless = function* () {
      for (;;) {
        nRead++
        yield 7
      }
    }
    assert.strictEqual(truncatedPair(endless(), [1], [2], 5), "noReply")
    assert.strictEqual(nRead, 5)
    assert.strictEqual(truncatedPair([1], endless(), endless(), 4), "same")
    assert.strictEqual(nRead, 11)
  })

  it("truncatedPair refuses a length that is no positive integer", () => {
    assert.throws(() => truncatedPair([], [], [], 0), /found maxLength 0, expected a positive integer/)
  })
})

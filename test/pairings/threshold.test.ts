import { assert, describe, it } from "@effect/vitest"
import { threshold } from "../../src/pairings/threshold.ts"

const candidates = [
  { id: "a", text: "A", score: 9 },
  { id: "b", text: "B", score: 1 },
  { id: "c", text: "C", score: 5 },
  { id: "d", text: "D", score: 8 },
  { id: "e", text: "E", score: 2 },
  { id: "f", text: "F", score: null },
  { id: "g", text: "A", score: 2 },
  { id: "h", text: "H", score: Number.NaN }
]
const named = (pairs: ReturnType<typeof threshold>, list = candidates) =>
  pairs.map(({ chosen, margin, rejected }) => `${list[chosen]!.id}>${list[rejected]!.id} ${margin}`)

describe("threshold", () => {
  it("threshold makes all pairs across the gap, largest margin first, then by id", () => {
    assert.deepStrictEqual(named(threshold(candidates, { high: 8, low: 2 })), [
      "a>b 8",
      "a>e 7",
      "d>b 7",
      "d>e 6",
      "d>g 6"
    ])
  })

  it("threshold caps the pairs of a prompt whatever the order of the candidates", () => {
    const expected = ["a>b 8", "a>e 7", "d>b 7"]
    const reversed = candidates.toReversed()
    assert.deepStrictEqual(named(threshold(candidates, { high: 8, low: 2, maxPairs: 3 })), expected)
    assert.deepStrictEqual(named(threshold(reversed, { high: 8, low: 2, maxPairs: 3 }), reversed), expected)
  })

  it("threshold makes no pair when nothing is high or low enough", () => {
    assert.deepStrictEqual(threshold(candidates, { high: 10, low: 2 }), [])
    assert.deepStrictEqual(threshold([], { high: 1, low: 0 }), [])
  })

  it("threshold refuses thresholds that overlap", () => {
    assert.throws(() => threshold(candidates, { high: 2, low: 2 }), /high 2 and low 2/)
  })
})

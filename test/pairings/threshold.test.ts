import { assert, describe, it } from "@effect/vitest"
import { threshold } from "../../src/pairings/threshold.ts"
import { cut, field } from "./cut.ts"

const candidates = field({
  a: { text: "A", score: 9 },
  b: { text: "B", score: 1 },
  c: { text: "C", score: 5 },
  d: { text: "D", score: 8 },
  e: { text: "E", score: 2 },
  f: { text: "F", score: null },
  g: { text: "A", score: 2 },
  h: { text: "H", score: Number.NaN }
})

describe("threshold", () => {
  it("threshold makes all pairs across the gap, largest margin first, then by id", () => {
    const { named } = cut(candidates, threshold({ high: 8, low: 2 }))
    assert.deepStrictEqual(named, ["a>b", "a>e", "d>b", "d>e", "d>g"])
  })

  it("threshold caps the pairs of a prompt whatever the order of the candidates", () => {
    const rule = threshold({ high: 8, low: 2, maxPairs: 3 })
    assert.deepStrictEqual(cut(candidates, rule).named, ["a>b", "a>e", "d>b"])
    assert.deepStrictEqual(cut(candidates.toReversed(), rule).named, ["a>b", "a>e", "d>b"])
  })

  it("threshold draws among pairs with the same claim to the last places", () => {
    const rule = threshold({ high: 8, low: 2, maxPairs: 2 })
    const second = new Set(Array.from({ length: 40 }, (_, seed) => cut(candidates, rule, seed).named[1]))
    assert.deepStrictEqual(second, new Set(["a>e", "d>b"]))
  })

  it("threshold makes no pair when nothing is high or low enough", () => {
    const { named, problems } = cut(candidates, threshold({ high: 10, low: 2 }))
    assert.deepStrictEqual([named, problems.map(({ reason }) => reason)], [[], ["no pair"]])
    assert.match(
      problems[0]!.detail,
      /found none in 8 candidates, expected a candidate at 10 or more beside one at 2 or less/
    )
    assert.deepStrictEqual(cut([], threshold({ high: 1, low: 0 })).reasons, ["no pair"])
  })

  it("threshold refuses thresholds that overlap", () => {
    assert.throws(() => threshold({ high: 2, low: 2 }), /high 2 and low 2/)
  })
})

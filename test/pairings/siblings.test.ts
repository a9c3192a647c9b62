import { assert, describe, it } from "@effect/vitest"
import { siblings } from "../../src/pairings/siblings.ts"
import { cut, field } from "./cut.ts"

const candidates = field({
  a: { text: "one two three four five six", score: 9 },
  b: { text: "one two three four five ten", score: 8 },
  c: { text: "red green blue white black", score: 1 },
  d: { text: "one two three four red blue", score: 5 }
})

describe("siblings", () => {
  it("siblings takes the pair whose texts are most or least alike", () => {
    assert.deepStrictEqual(cut(candidates, siblings()).named, ["a>b"])
    assert.deepStrictEqual(cut(candidates, siblings({ gap: 3.5 })).named, ["a>d"])
    const [least] = cut(candidates, siblings({ first: "different" })).named
    assert.include(["a>c", "b>c", "d>c"], least)
  })

  it("siblings asks for as much similarity as it is told", () => {
    assert.deepStrictEqual(cut(candidates, siblings({ minSimilarity: 0.7, maxPairs: 9 })).named, ["a>b"])
    assert.deepStrictEqual(cut(candidates, siblings({ minSimilarity: 0.7, gap: 2 })).reasons, ["no pair"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { minGap } from "../../src/pairings/minGap.ts"
import { smallestGap } from "../../src/pairings/smallestGap.ts"
import { cut, field } from "./cut.ts"

const candidates = field({ a: 9, b: 8.5, c: 6, d: 1 })

describe("smallestGap", () => {
  it("smallestGap takes the narrowest margin that is wide enough, and minGap all, widest first", () => {
    assert.deepStrictEqual(cut(candidates, smallestGap({ gap: 0.1 })).named, ["a>b"])
    assert.deepStrictEqual(cut(candidates, smallestGap({ gap: 1 })).named, ["b>c"])
    assert.deepStrictEqual(cut(candidates, minGap({ gap: 3 })).named, ["a>d", "b>d", "c>d", "a>c"])
    assert.deepStrictEqual(cut(candidates, smallestGap({ gap: 9 })).reasons, ["no pair"])
    assert.throws(() => minGap({ gap: 0 }), /gap 0, expected a number above 0/)
  })

  it("smallestGap drops a tie unless it is told otherwise", () => {
    const even = field({ a: 3, b: 2, c: 1 })
    assert.deepStrictEqual(cut(even, smallestGap({ gap: 1 })).reasons, ["tie"])
    assert.deepStrictEqual(cut(even, smallestGap({ gap: 1, tie: "keep" })).named, ["a>b", "b>c"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { allPairs } from "../../src/pairings/allPairs.ts"
import { cut, field } from "./cut.ts"

describe("allPairs", () => {
  it("allPairs pairs every two originals whose scores differ however little, widest margins first", () => {
    const candidates = field({ low: 1, top: 9, mid: 5, also: 5, none: null, x: { score: 7, parentId: "top" } })
    assert.deepStrictEqual(cut(candidates, allPairs()).named, ["top>low", "also>low", "mid>low", "top>also", "top>mid"])
    assert.deepStrictEqual(cut(field({ a: 0, b: Number.MIN_VALUE }), allPairs()).named, ["b>a"])
    assert.deepStrictEqual(cut(field({ a: 1, b: 1 }), allPairs()).reasons, ["no pair"])
  })

  it("allPairs draws among pairs of one margin for the last places", () => {
    const even = field({ a: 3, b: 2, c: 1 })
    const drawn = Array.from({ length: 40 }, (_, seed) => cut(even, allPairs({ maxPairs: 2 }), seed).named.at(-1)!)
    assert.sameMembers([...new Set(drawn)], ["a>b", "b>c"])
    assert.deepStrictEqual(cut(even, allPairs({ maxPairs: 2, tie: "drop" })).named, ["a>c"])
  })
})

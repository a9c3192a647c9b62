import { assert, describe, it } from "@effect/vitest"
import { adjacentRanks } from "../../src/pairings/adjacentRanks.ts"
import { cut, field } from "./cut.ts"

describe("adjacentRanks", () => {
  it("adjacentRanks pairs neighbours in rank, best first, those of one score never", () => {
    const candidates = field({ low: 1, top: 9, mid: 5, also: 5, none: null, x: { score: 7, parentId: "top" } })
    assert.deepStrictEqual(cut(candidates, adjacentRanks()).named, ["top>also", "top>mid", "also>low", "mid>low"])
    assert.strictEqual(cut(candidates, adjacentRanks({ maxPairs: 1 })).pairs[0]!.sharedPlace, true)
    assert.deepStrictEqual(cut(field({ a: 1, b: 1 }), adjacentRanks()).reasons, ["no pair"])
  })
})

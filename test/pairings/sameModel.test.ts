import { assert, describe, it } from "@effect/vitest"
import { sameModel } from "../../src/pairings/sameModel.ts"
import { cut, field } from "./cut.ts"

const candidates = field({
  a: { model: "m", score: 9 },
  b: { model: "m", score: 1 },
  c: { model: "m", score: 4 },
  d: { model: "n", score: 8 },
  e: { model: "n", score: 7 },
  f: { model: "o", score: 2 }
})

describe("sameModel", () => {
  it("sameModel takes the widest margins of each model, as many as asked", () => {
    assert.deepStrictEqual(cut(candidates, sameModel()).named, ["a>b", "d>e"])
    assert.deepStrictEqual(cut(candidates, sameModel({ maxPairs: 2 })).named, ["a>b", "a>c", "d>e"])
    assert.deepStrictEqual(cut(candidates, sameModel({ gap: 2 })).named, ["a>b"])
    assert.deepStrictEqual(cut(candidates, sameModel({ gap: 20 })).reasons, ["no pair"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { byTier } from "../../src/pairings/byTier.ts"
import * as Term from "../../src/pairings/Term.ts"
import { cut, field } from "./cut.ts"

const candidates = field({
  a: { model: "large", score: 1, tier: 1 },
  b: { model: "middle", score: 9, tier: 2 },
  c: { model: "small", tier: 3 },
  d: { model: "unknown", score: 5 },
  e: { model: "small", tier: 3, parentId: "c" }
})

describe("byTier", () => {
  it("byTier pairs a tier with the next one or with every worse one, whatever the scores say", () => {
    const byModel = Term.placeIn(Term.model, ["large", "middle", "small"])
    for (const tier of [Term.tier, byModel]) {
      assert.deepStrictEqual(cut(candidates, byTier({ tier })).named, ["a>b", "b>c"])
      assert.deepStrictEqual(cut(candidates, byTier({ tier, against: "every" })).named, ["a>b", "a>c", "b>c"])
      assert.deepStrictEqual(cut(candidates, byTier({ tier, against: "every", maxPairs: 1 })).named, ["a>b"])
    }
    assert.deepStrictEqual(cut(candidates, byTier()).named, ["a>b", "b>c"])
  })

  it("byTier reads the tier off whatever it is told", () => {
    const heat = Term.attribute("temperature", ({ id }) => (id === "c" ? "cold" : "hot"))
    const { named } = cut(candidates, byTier({ tier: Term.placeIn(heat, ["cold", "hot"]) }))
    assert.deepStrictEqual(named, ["c>a", "c>b", "c>d"])
    assert.deepStrictEqual(cut(field({ a: 1, b: 2 }), byTier()).reasons, ["no pair"])
  })
})

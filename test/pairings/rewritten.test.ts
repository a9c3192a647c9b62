import { assert, describe, it } from "@effect/vitest"
import { rewritten } from "../../src/pairings/rewritten.ts"
import { cut, field } from "./cut.ts"

const injection = { errorType: "logic", injector: "m", similarity: 1, lengthRatio: 1 }

describe("rewritten", () => {
  it("rewritten goes by what the rewriting was meant to do, or by the scores", () => {
    const candidates = field({
      a: 5,
      up: { parentId: "a", score: 8 },
      down: { parentId: "a", score: 2 },
      even: { parentId: "a", score: 5 },
      x: { parentId: "a", score: 1, injection },
      fixed: { parentId: "x", score: 9 }
    })
    const named = (direction: "better" | "worse" | "byScore") =>
      cut(candidates, rewritten({ direction })).named.toSorted()
    assert.deepStrictEqual(named("better"), ["down>a", "even>a", "fixed>x", "up>a"])
    assert.deepStrictEqual(named("worse"), ["a>down", "a>even", "a>up", "x>fixed"])
    assert.deepStrictEqual(named("byScore"), ["a>down", "fixed>x", "up>a"])
    const inserted = field({
      a: 5,
      b: { parentId: "a", operation: "insert" },
      c: { parentId: "a", operation: "refine" }
    })
    assert.deepStrictEqual(cut(inserted, rewritten({ direction: "worse", operation: "insert" })).named, ["a>b"])
    const orphan = cut(field({ b: { parentId: "gone" } }), rewritten({ direction: "better" }))
    assert.deepStrictEqual(orphan.reasons, ["noParent"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { injected } from "../../src/pairings/injected.ts"
import { cut, field } from "./cut.ts"

const injection = { errorType: "logic", injector: "m", similarity: 1, lengthRatio: 1 }

describe("injected", () => {
  it("injected chooses what an error was put into and rejects the error, whatever the scores say", () => {
    const { named, problems } = cut(
      field({
        b: { parentId: "a", score: 7, injection },
        a: { score: 5 },
        c: { parentId: "a", injection },
        d: { parentId: "c", score: 1, injection },
        e: { score: 1 },
        f: { parentId: "a", score: 1 }
      }),
      injected()
    )
    assert.sameMembers([...named], ["a>b", "a>c", "c>d"])
    assert.deepStrictEqual(problems, [])
  })

  it("injected tells of children without a parent or a change, even where others have a pair", () => {
    const some = {
      a: { text: "A" },
      b: { parentId: "a", text: "A", injection },
      c: { parentId: "gone", text: "C", injection }
    }
    assert.deepStrictEqual(cut(field(some), injected()).reasons, ["identical", "noParent"])
    const more = cut(field({ ...some, d: { parentId: "a", text: "D", injection } }), injected())
    assert.deepStrictEqual([more.named, more.reasons], [["a>d"], ["identical", "noParent"]])
    assert.deepStrictEqual(cut(field({ a: 1, b: 2 }), injected()).reasons, ["no pair"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { parentChild } from "../../src/pairings/parentChild.ts"

describe("parentChild", () => {
  it("parentChild chooses the original and rejects what was injected", () => {
    const { pairs, unpaired } = parentChild([
      { id: "b", parentId: "a", text: "B", score: 7 },
      { id: "a", parentId: null, text: "A", score: 5 },
      { id: "c", parentId: "a", text: "C", score: null },
      { id: "d", parentId: "c", text: "D", score: 1 },
      { id: "e", parentId: null, text: "E", score: 1 }
    ])
    assert.deepStrictEqual(pairs, [
      { chosen: 1, rejected: 0, margin: -2 },
      { chosen: 1, rejected: 2, margin: null },
      { chosen: 2, rejected: 3, margin: null }
    ])
    assert.deepStrictEqual(unpaired, [])
  })

  it("parentChild returns children without a parent or a change apart", () => {
    const { pairs, unpaired } = parentChild([
      { id: "a", parentId: null, text: "A", score: null },
      { id: "b", parentId: "a", text: "A", score: null },
      { id: "c", parentId: "gone", text: "C", score: null }
    ])
    assert.deepStrictEqual(pairs, [])
    assert.deepStrictEqual(
      unpaired.map(({ child, reason }) => [child, reason]),
      [
        [1, "identical"],
        [2, "noParent"]
      ]
    )
  })
})

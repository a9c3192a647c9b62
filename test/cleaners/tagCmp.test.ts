import { assert, describe, it } from "@effect/vitest"
import { tagCmp } from "../../src/cleaners/tagCmp.ts"
import { tagDiv } from "../../src/cleaners/tagDiv.ts"

const rowId = ["r0", "r1", "r2", "r3", "r4", "r5"]
const tags = [["a", "b", "c"], ["a", "b"], ["a", "a", "a", "a"], [], ["d", "a"], ["b", "c", "a"]]
const kept = (flagged: Uint8Array) => rowId.filter((_, i) => flagged[i] === 0)

describe("tagCmp", () => {
  it("tagCmp keeps the prompts with most different tags", () => {
    const { flagged, score } = tagCmp({ tags, rowId, nSelected: 3 })
    assert.deepStrictEqual([...score], [3, 2, 1, 0, 2, 3])
    assert.deepStrictEqual(kept(flagged), ["r0", "r4", "r5"])
  })

  it("tagDiv covers all tags first, then fills up without repetition", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { flagged, score } = tagDiv({ tags, rowId, nSelected: 3 }, seed)
      assert.deepStrictEqual([...score], [3, 0, 0, 0, 1, 0])
      assert.includeMembers(kept(flagged), ["r0", "r4"])
      assert.strictEqual(kept(flagged).length, 3)
    }
    const fills = new Set(
      Array.from({ length: 60 }, (_, seed) => kept(tagDiv({ tags, rowId, nSelected: 3 }, seed).flagged).join())
    )
    assert.strictEqual(fills.size, 4, "each of the other rows is drawn at some time")
  })

  it("tagCmp and tagDiv keep exactly min(nSelected, N) rows", () => {
    const many = Array.from({ length: 6002 }, (_, i) => `row ${i}`)
    const none = many.map(() => ["t"])
    const count = (flagged: Uint8Array) => flagged.reduce((sum, flag) => sum + 1 - flag, 0)
    assert.strictEqual(count(tagCmp({ tags: none, rowId: many }).flagged), 6000)
    assert.strictEqual(count(tagDiv({ tags: none, rowId: many }, 1).flagged), 6000)
    for (const nSelected of [0, 1, 6, 9]) {
      assert.strictEqual(count(tagCmp({ tags, rowId, nSelected }).flagged), Math.min(6, nSelected))
      assert.strictEqual(count(tagDiv({ tags, rowId, nSelected }, 1).flagged), Math.min(6, nSelected))
    }
  })

  it("tagDiv decides the same in any order of the rows", () => {
    const order = [4, 2, 0, 5, 3, 1]
    const other = tagDiv({ tags: order.map((i) => tags[i]!), rowId: order.map((i) => rowId[i]!), nSelected: 4 }, 7)
    const { flagged } = tagDiv({ tags, rowId, nSelected: 4 }, 7)
    assert.deepStrictEqual(
      [...other.flagged],
      order.map((i) => flagged[i]!)
    )
  })

  it("tagCmp and tagDiv refuse a number of rows that is none", () => {
    assert.throws(() => tagCmp({ tags, rowId, nSelected: -1 }), /found nSelected -1/)
    assert.throws(() => tagDiv({ tags, rowId, nSelected: 1.5 }, 1), /found nSelected 1.5/)
  })
})

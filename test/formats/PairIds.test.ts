import { assert, describe, it } from "@effect/vitest"
import { bytesHeld } from "../bytesHeld.ts"
import { PairIds } from "../../src/formats/PairIds.ts"

describe("PairIds", () => {
  it("PairIds keeps an id for votes on one pair, on whichever side its answers are", () => {
    const ids = new PairIds()
    assert.strictEqual(ids.idOf("1", "p", "a", "b"), "1")
    assert.strictEqual(ids.idOf("1", "p", "b", "a"), "1")
    assert.strictEqual(ids.idOf("2", null, null, null), "2")
    assert.strictEqual(ids.idOf("2", null, null, null), "2")
    assert.deepStrictEqual(ids.reused, { ids: 0, pairs: 0 })
  })

  it("PairIds keeps pairs apart whose prompts or answers differ, finds each again, and counts them", () => {
    const ids = new PairIds()
    const given: ReadonlyArray<readonly [string, string, string | null, string | null]> = [
      ["1", "p", null, null],
      ["1", "q", null, null],
      ["1", "r", null, null],
      ["2", "p", "a", "b"],
      ["2", "p", "a", "c"],
      ["3", "p", "a", "b"]
    ]
    const first = given.map((one) => ids.idOf(...one))
    assert.strictEqual(new Set(first).size, given.length)
    assert.deepStrictEqual([first[0], first[3], first[5]], ["1", "2", "3"])
    assert.deepStrictEqual(
      given.map((one) => ids.idOf(...one)),
      first
    )
    assert.deepStrictEqual(ids.reused, { ids: 2, pairs: 5 })
  })

  it("PairIds holds an id in some 100 bytes", () => {
    const nIds = 20_000
    const ids = new PairIds()
    const bytes = bytesHeld(() => {
      for (let i = 0; i < nIds; i++) ids.idOf(`the id of a pair ${i}`, `p${i}`, "a", "b")
    })
    // Two hashes of 16 bytes with places of 8, and 5 bytes beside them; lists that grow are at most half empty.
    assert.isAbove(bytes / nIds, 2 * (16 + 8) + 5)
    assert.isBelow(bytes / nIds, 2 * (2 * (16 + 8) + 5) + 20)
    assert.strictEqual(ids.idOf("the id of a pair 7", "p7", "b", "a"), "the id of a pair 7")
  })
})

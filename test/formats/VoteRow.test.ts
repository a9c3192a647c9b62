import { assert, describe, it } from "@effect/vitest"
import { voteIds } from "../../src/formats/VoteRow.ts"

describe("voteIds", () => {
  it("voteIds meets for the same pair on swapped sides and for no other pair", () => {
    const one = voteIds("p", "a", "b", null)
    const swapped = voteIds("p", "b", "a", null)
    assert.strictEqual(one.pairId, swapped.pairId)
    assert.strictEqual(one.firstId, swapped.secondId)
    const others = [
      voteIds("q", "a", "b", null),
      voteIds("p", "a", "c", null),
      voteIds(null, "a", "b", null),
      voteIds("", "a", "b", null)
    ]
    assert.strictEqual(new Set([one, ...others].map(({ pairId }) => pairId)).size, 5)
  })

  it("voteIds keeps a given pair id, and texts keep their ids below it", () => {
    const given = voteIds("p", "a", "b", "pair 1")
    assert.strictEqual(given.pairId, "pair 1")
    assert.strictEqual(given.firstId, voteIds("p", "a", "b", null).firstId)
  })

  it("voteIds gives both sides of equal texts one id", () => {
    const { firstId, secondId } = voteIds("p", "a", "a", null)
    assert.strictEqual(firstId, secondId)
  })
})

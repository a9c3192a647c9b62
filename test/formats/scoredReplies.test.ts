import { assert, describe, it } from "@effect/vitest"
import { FormatFlaw, type Preference } from "../../src/formats/Format.ts"
import { scoredReplies } from "../../src/formats/scoredReplies.ts"
import { pairOf } from "../contracts/format.ts"

/** A list of replies with a text, a rank and a score each. */
const listOf = (...replies: ReadonlyArray<readonly [string, number | null, number | null]>): Preference => ({
  ...pairOf([["user", "q"]], "", ""),
  kind: "ranked",
  candidates: replies.map(([text, rank, score]) => ({ ...pairOf([], text, "").candidates[0]!, rank, score }))
})

const taken = (list: Preference) => {
  const replies = scoredReplies(list, "replies")
  return replies instanceof FormatFlaw
    ? `${replies.reason} in ${replies.column}`
    : replies.map(({ rank, score, text }) => [text, rank, score])
}

describe("scoredReplies", () => {
  it("scoredReplies counts ranks from 1 without gaps, by scores where a rank is missing, and keeps the order of the record", () => {
    assert.deepStrictEqual(taken(listOf(["a", 7, 1], ["b", 2, 2], ["c", 7, 3])), [
      ["a", 2, 1],
      ["b", 1, 2],
      ["c", 2, 3]
    ])
    assert.deepStrictEqual(taken(listOf(["a", 0, 1], ["b", null, 2], ["c", 1, 3])), [
      ["a", 3, 1],
      ["b", 2, 2],
      ["c", 1, 3]
    ])
  })

  it("scoredReplies refuses what teaches nothing", () => {
    assert.strictEqual(taken(listOf(["a", 0, 1])), "too few candidates in null")
    assert.strictEqual(taken(listOf(["a", null, null], ["b", null, 1])), "no order in null")
    assert.strictEqual(taken(listOf(["a", 3, 1], ["b", 3, 2])), "tie in replies")
    assert.strictEqual(taken(listOf(["a", 0, 2], ["\n", 1, 1])), "empty reply in replies")
    assert.strictEqual(taken(listOf(["a", 0, 2], ["a", 1, 1])), "identical replies in replies")
    assert.strictEqual(taken(listOf(["a", 0, 2], ["b", 1, null])), "no score in replies")
  })
})

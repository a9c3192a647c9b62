import { assert, describe, it } from "@effect/vitest"
import { checkVotes, votesByItem, votesPerAnnotator } from "../../src/cleaners/Votes.ts"
import { votesOf } from "../contracts/crowdModel.ts"

const votes = votesOf(
  [
    [2, 1, 0],
    [0, 0, 2],
    [2, 0, 1],
    [0, 1, 0]
  ],
  { nItems: 4, nAnnotators: 3, nClasses: 3 }
)

describe("Votes", () => {
  it("votesByItem sorts by item and keeps the order within", () => {
    const { cells, starts } = votesByItem(votes)
    assert.deepStrictEqual([...starts], [0, 2, 2, 4, 4])
    assert.deepStrictEqual([...cells], [2, 3, 3, 1])
  })

  it("votesPerAnnotator counts those without votes too", () => {
    assert.deepStrictEqual([...votesPerAnnotator(votes)], [2, 2, 0])
  })

  it("checkVotes accepts none and names the first index out of range", () => {
    checkVotes("Cannot test", votes)
    checkVotes("Cannot test", votesOf([], { nItems: 0, nAnnotators: 0, nClasses: 2 }))
    assert.throws(
      () => checkVotes("Cannot test", { ...votes, nItems: 2 }),
      "Cannot test: found item 2 at vote 0, expected 0 to 1"
    )
    assert.throws(() => checkVotes("Cannot test", { ...votes, item: votes.item.subarray(1) }), /3 items, 4 annotators/)
    assert.throws(() => checkVotes("Cannot test", { ...votes, nClasses: 128 }), /128 classes, expected 2 to 127/)
  })
})

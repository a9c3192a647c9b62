import { assert, describe, it } from "@effect/vitest"
import { bytesHeld } from "../bytesHeld.ts"
import { VotePool } from "../../src/formats/VotePool.ts"
import { type Verdict, voteIds, type VoteRow } from "../../src/formats/VoteRow.ts"

const vote = (
  rowIndex: number,
  [first, second]: readonly [string, string],
  verdict: Verdict | null,
  annotator: string | null = null
): VoteRow => ({
  rowIndex,
  ...voteIds("q", first, second, null),
  prompt: "q",
  first,
  second,
  annotator,
  verdict,
  scoreFirst: null,
  scoreSecond: null,
  split: null,
  sidesRecorded: true
})

const pooled = (...all: ReadonlyArray<VoteRow>) => {
  const pool = new VotePool()
  for (const one of all) pool.add(one)
  return all.map((one) => {
    const taken = pool.take(one)
    return (
      taken && {
        nRows: taken.nRows,
        first: taken.votes[0]!.first,
        votes: taken.votes.map(({ annotator, verdict }) => [annotator, verdict])
      }
    )
  })
}

describe("VotePool", () => {
  for (const sides of [["x", "y"] as const, ["y", "x"] as const]) {
    it(`VotePool turns votes on exchanged sides, where the first row has ${sides.join(" and ")}`, () => {
      const turned = [sides[1], sides[0]] as const
      const [one, other, again] = pooled(
        vote(0, sides, "first", "v"),
        vote(1, ["x", "z"], "tie", "v"),
        vote(2, turned, "first", "w"),
        vote(3, turned, "second", "v"),
        vote(4, turned, "tie")
      )
      assert.deepStrictEqual(one, {
        nRows: 4,
        first: sides[0],
        votes: [
          ["v", "first"],
          ["w", "second"],
          ["v", "first"],
          [null, "tie"]
        ]
      })
      assert.deepStrictEqual(other, { nRows: 1, first: "x", votes: [["v", "tie"]] })
      assert.isNull(again)
    })
  }

  it("VotePool counts a row with several votes once", () => {
    const [one] = pooled(vote(0, ["x", "y"], "first"), vote(0, ["x", "y"], "second"), vote(1, ["x", "y"], "tie"))
    assert.strictEqual(one!.nRows, 2)
    assert.lengthOf(one!.votes, 3)
  })

  it("VotePool leaves a pair without a readable vote one without verdict", () => {
    assert.deepStrictEqual(pooled(vote(0, ["x", "y"], null, "v")), [{ nRows: 1, first: "x", votes: [["v", null]] }])
    const [one] = pooled(vote(0, ["x", "y"], null, "v"), vote(1, ["x", "y"], "second", "w"))
    assert.deepStrictEqual(one!.votes, [["w", "second"]])
  })

  it("VotePool holds a pair of one vote in some 100 bytes, however long its texts are", () => {
    const nPairs = 20_000
    const pool = new VotePool()
    const bytes = bytesHeld(() => {
      for (let i = 0; i < nPairs; i++) pool.add(vote(i, [`x ${i} ${"long ".repeat(40)}`, "y"], "first", `a${i % 100}`))
    })
    // A hash of 16 bytes with a place of 8 and four numbers of the pair, two of the vote; lists that grow are at most half empty.
    assert.isAbove(bytes / nPairs, 16 + 8 + 4 * 4 + 2 * 4)
    assert.isBelow(bytes / nPairs, 2 * (16 + 8 + 4 * 4 + 2 * 4) + 20)
    assert.strictEqual(pool.take(vote(0, [`x 0 ${"long ".repeat(40)}`, "y"], "first"))!.nRows, 1)
  })
})

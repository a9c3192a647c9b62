import { assert, describe, it } from "@effect/vitest"
import { canonicalVotes } from "../../src/cleaners/canonicalVotes.ts"

const shown = {
  firstId: ["x", "y", "x", "z", "x", "x"],
  secondId: ["y", "x", "y", "y", "x", "z"],
  verdict: Int8Array.of(0, 0, 2, 1, 0, -1),
  annotator: ["ann", "bob", "ann", "cy", "cy", "ann"]
}

describe("canonicalVotes", () => {
  it("canonicalVotes puts both orders of a pair on the same sides", () => {
    const { annotators, nTies, nUnusable, row, sides, swapped, votes } = canonicalVotes(shown)
    assert.deepStrictEqual([...row], [0, 1, 3])
    assert.deepStrictEqual([nTies, nUnusable], [1, 2])
    assert.deepStrictEqual(annotators, ["ann", "bob", "cy"])
    assert.deepStrictEqual([...votes.item], [0, 0, 1])
    assert.deepStrictEqual([...votes.annotator], [0, 1, 2])
    assert.deepStrictEqual([votes.nItems, votes.nAnnotators, votes.nClasses], [2, 3, 2])
    const winners = [...votes.label].map((side, v) => sides[votes.item[v]!]![side])
    assert.deepStrictEqual(winners, ["x", "y", "y"])
    const first = [...swapped].map((isSwapped, v) => sides[votes.item[v]!]![isSwapped])
    assert.deepStrictEqual(first, ["x", "y", "z"])
  })

  it("canonicalVotes keeps ties as a third class when asked", () => {
    const { nTies, row, votes } = canonicalVotes(shown, "class")
    assert.deepStrictEqual([...row], [0, 1, 2, 3])
    assert.deepStrictEqual([nTies, votes.nClasses, votes.label[2]], [0, 3, 2])
  })

  it("canonicalVotes makes A the chosen one in half of chosen and rejected rows, whatever else is there", () => {
    const nRows = 4000
    const firstId = Array.from({ length: nRows }, (_, i) => `chosen ${i}`)
    const secondId = Array.from({ length: nRows }, (_, i) => `rejected ${i}`)
    const annotator = Array.from({ length: nRows }, () => "crowd")
    const { sides, votes } = canonicalVotes({ firstId, secondId, annotator, verdict: new Int8Array(nRows) })
    const nB = votes.label.reduce((sum, side) => sum + side, 0)
    assert.closeTo(nB, nRows / 2, 4 * Math.sqrt(nRows / 4))
    const alone = canonicalVotes({
      firstId: [secondId[7]!],
      secondId: [firstId[7]!],
      annotator: ["other"],
      verdict: Int8Array.of(1)
    })
    assert.deepStrictEqual(alone.sides[0], sides[7])
    assert.strictEqual(alone.votes.label[0], votes.label[7])
  })

  it("canonicalVotes handles nothing and refuses unequal columns", () => {
    const none = canonicalVotes({ firstId: [], secondId: [], annotator: [], verdict: new Int8Array(0) })
    assert.deepStrictEqual([none.votes.nItems, none.votes.nAnnotators, none.sides.length], [0, 0, 0])
    assert.throws(() => canonicalVotes({ ...shown, annotator: [] }), /found 6 first ids, .* 0 annotators/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { majorityVote } from "../../src/cleaners/majorityVote.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { crowdModel, votesOf } from "../contracts/crowdModel.ts"

crowdModel("majorityVote", (votes) => ({ classProb: majorityVote(votes).classProb }), { accuracy: 0.84 })

const rows = [
  [0, 0, 1],
  [0, 1, 1],
  [0, 2, 0],
  [1, 0, 0],
  [1, 1, 2],
  [2, 2, 2]
] as const
const votes = votesOf(rows, { nItems: 4, nAnnotators: 3, nClasses: 3 })

describe("majorityVote", () => {
  it("majorityVote counts, and says -1 for a tie and for nobody", () => {
    const { classProb, consensus, nVotes } = majorityVote(votes)
    assert.deepStrictEqual([...consensus], [1, -1, 2, -1])
    assert.deepStrictEqual([...nVotes], [3, 2, 1, 0])
    const third = 1 / 3
    assert.deepStrictEqual([...classProb.subarray(0, 9)], [third, 2 * third, 0, 0.5, 0, 0.5, 0, 0, 1])
    assert.isTrue(classProb.subarray(9).every(Number.isNaN))
  })

  it("majorityVote breaks ties as it is told", () => {
    assert.deepStrictEqual([...majorityVote(votes, { ties: "lowest" }).consensus], [1, 0, 2, -1])
    const drawn = [0.1, 0.9].map((u) => majorityVote(votes, { ties: () => u }).consensus[1])
    assert.deepStrictEqual(drawn, [0, 2])
    const random = keyedRandom("ties")
    let nHigh = 0
    for (let t = 0; t < 1000; t++) if (majorityVote(votes, { ties: random }).consensus[1] === 2) nHigh++
    assert.closeTo(nHigh, 500, 4 * Math.sqrt(250))
  })

  it("majorityVote weighs annotators", () => {
    assert.deepStrictEqual([...majorityVote(votes, { weights: Float64Array.of(1, 2, 4) }).consensus], [0, 2, 2, -1])
    const { classProb, consensus } = majorityVote(votes, { weights: Float64Array.of(1, 1, 0) })
    assert.strictEqual(consensus[2], -1)
    assert.isNaN(classProb[6]!)
    assert.throws(() => majorityVote(votes, { weights: Float64Array.of(1, 1) }), /2 weights for 3 annotators/)
    assert.throws(() => majorityVote(votes, { weights: Float64Array.of(1, -1, 1) }), /weight -1 of annotator 1/)
  })

  it("majorityVote takes sums that differ by rounding for a tie", () => {
    const three = votesOf(
      [
        [0, 0, 0],
        [0, 1, 0],
        [0, 2, 1]
      ],
      { nItems: 1, nAnnotators: 3, nClasses: 2 }
    )
    assert.strictEqual(majorityVote(three, { weights: Float64Array.of(0.1, 0.2, 0.3) }).consensus[0], -1)
  })
})

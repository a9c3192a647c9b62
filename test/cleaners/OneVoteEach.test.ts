import { assert, describe, it } from "@effect/vitest"
import * as OneVoteEach from "../../src/cleaners/OneVoteEach.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const votesOf = (votes: ReadonlyArray<readonly [item: number, annotator: number, side: number]>) => ({
  item: Int32Array.from(votes, ([item]) => item),
  annotator: Int32Array.from(votes, ([, annotator]) => annotator),
  side: Int8Array.from(votes, ([, , side]) => side),
  pModel: new Float64Array(Math.max(...votes.map(([item]) => item)) + 1).fill(0.5),
  nAnnotators: Math.max(...votes.map(([, annotator]) => annotator)) + 1
})

describe("OneVoteEach", () => {
  it("OneVoteEach.make keeps the side an annotator voted for more often", () => {
    const made = OneVoteEach.make(
      votesOf([
        [0, 0, 1],
        [1, 0, -1],
        [0, 1, -1],
        [0, 0, 1],
        [0, 0, -1],
        [1, 1, 1],
        [1, 1, -1],
        [1, 1, 0]
      ])
    )
    const rows = [...made.item].map((item, o) => `${item},${made.annotator[o]},${made.side[o]}`)
    assert.sameMembers(rows, ["0,0,1", "0,1,-1", "1,0,-1", "1,1,0"])
    assert.deepStrictEqual([...made.nVotes], [4, 3])
    assert.deepStrictEqual([...made.nContrary], [1, 1])
  })

  it("OneVoteEach.make gives back the arrays where nobody votes twice on an item", () => {
    const votes = votesOf([
      [0, 0, 1],
      [0, 1, -1],
      [1, 0, 0]
    ])
    const made = OneVoteEach.make(votes)
    assert.strictEqual(made.item, votes.item)
    assert.strictEqual(made.side, votes.side)
    assert.deepStrictEqual([...made.nContrary], [0, 0])
  })

  it("OneVoteEach.ofAllVotes finds the share of all votes that are wrong, of judges asked in both orders", () => {
    // A judge has an opinion; in either order it answers by the order alone with a probability of its own.
    const random = keyedRandom("OneVoteEach test")
    const habits = [0.05, 0.2, 0.4]
    const rows: Array<readonly [number, number, number]> = []
    const nWrong = [0, 0, 0]
    const nPairs = 4000
    for (let i = 0; i < nPairs; i++) {
      for (const [k, habit] of habits.entries()) {
        const opinion = random() < 0.85 ? 1 : -1
        const byOrder = random() < habit
        for (const first of [1, -1]) {
          const side = byOrder ? first : opinion
          rows.push([i, k, side])
          if (side === -1) nWrong[k]!++
        }
      }
    }
    const votes = votesOf(rows)
    const once = OneVoteEach.make(votes)
    const fit = pooledRePo({ ...votes, ...once })
    const all = OneVoteEach.ofAllVotes(fit, once)
    for (const [k, wrong] of nWrong.entries()) {
      assert.closeTo(1 - all.reliability[k]!, wrong / (2 * nPairs), 0.02)
      assert.isBelow(all.ci95.lower[k]!, all.reliability[k]!)
      assert.isAbove(all.ci95.upper[k]!, all.reliability[k]!)
    }
    const { estimate, lower, upper } = all.noiseRate!
    assert.closeTo(estimate, nWrong.reduce((sum, n) => sum + n, 0) / (6 * nPairs), 0.015)
    assert.isTrue(lower < estimate && estimate < upper)
    // Without what the order decides it is the noise of the opinions.
    assert.closeTo(fit.noiseRate!.estimate, 0.15, 0.015)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { prefCleanBench } from "../../src/cleaners/prefCleanBench.ts"
import { treat } from "../../src/cleaners/treat.ts"
import { voteAll } from "../../src/cleaners/voteAll.ts"
import { voteMaj } from "../../src/cleaners/voteMaj.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const nModels = 6

/** Rows with 20 % flips and independent voters; a voter is right about the true order with probability `accuracy`. */
const plantVotes = (nRows: number, accuracy: number) => {
  const random = keyedRandom("plantVotes", accuracy)
  const wrong = Uint8Array.from({ length: nRows }, () => Number(random() < 0.2))
  const chosenScores = Float64Array.from({ length: nRows * nModels }, (_, k) => {
    const isRight = random() < accuracy
    return Number(isRight === (wrong[Math.floor(k / nModels)] === 0))
  })
  return { wrong, votes: { chosenScores, rejectedScores: chosenScores.map((score) => 1 - score), nModels } }
}

/** Chance of at most `most` successes among six. */
const atMost = (most: number, p: number) => {
  const ways = [1, 6, 15, 20, 15, 6, 1]
  return ways.slice(0, most + 1).reduce((sum, n, k) => sum + n * p ** k * (1 - p) ** (6 - k), 0)
}

describe("prefCleanBench", () => {
  it("prefCleanBench names thirteen methods over eight rules", () => {
    assert.strictEqual(prefCleanBench.length, 13)
    assert.strictEqual(new Set(prefCleanBench.map(({ name }) => name)).size, 13)
    assert.strictEqual(new Set(prefCleanBench.map(({ rule }) => rule)).size, 8)
    for (const { name, treatment } of prefCleanBench) {
      assert.strictEqual(treatment, name.endsWith("-F") ? "flip" : "remove", name)
    }
    const onlyRemoved = prefCleanBench.filter(
      ({ rule }) => prefCleanBench.filter((method) => method.rule === rule).length === 1
    )
    assert.deepStrictEqual(
      onlyRemoved.map(({ name }) => name),
      ["Tag-Cmp", "Tag-Div", "IFD-R"]
    )
  })

  // Accuracy; Vote-Maj: clean flagged, noisy flagged, noise left; Vote-All: the same. Shares, from the design's table.
  const table = [
    [0.7, 0.0705, 0.744, 0.064, 0.0007, 0.118, 0.181],
    [0.8, 0.017, 0.901, 0.0245, 0.00006, 0.262, 0.156],
    [0.9, 0.0013, 0.984, 0.004, 0, 0.531, 0.105]
  ] as const
  for (const [accuracy, ...shares] of table) {
    it(`voteMaj and voteAll leave the noise that binomial voters of accuracy ${accuracy} leave`, () => {
      const nRows = 60_000
      const { votes, wrong } = plantVotes(nRows, accuracy)
      const nWrong = wrong.reduce((sum, w) => sum + w, 0)
      for (const [r, rule] of [voteMaj, voteAll].entries()) {
        const { flagged } = rule(votes)
        const share = (what: 0 | 1) =>
          flagged.reduce((sum, flag, i) => sum + Number(flag === 1 && wrong[i] === what), 0) /
          (what === 1 ? nWrong : nRows - nWrong)
        const { kept } = treat("remove", { flagged })
        const left =
          kept.reduce((sum, keep, i) => sum + keep * wrong[i]!, 0) / kept.reduce((sum, keep) => sum + keep, 0)
        const [clean, noisy, remaining] = shares.slice(3 * r) as [number, number, number]
        // Four standard errors and the rounding of the table.
        assert.closeTo(share(0), clean, 4 * Math.sqrt((clean * (1 - clean) + 1e-5) / 48_000) + 0.00006)
        assert.closeTo(share(1), noisy, 4 * Math.sqrt((noisy * (1 - noisy)) / 12_000) + 0.0006)
        assert.closeTo(left, remaining, 4 * Math.sqrt((remaining * (1 - remaining)) / 48_000) + 0.0006)
        // The same from the binomial distribution.
        assert.closeTo(atMost(r === 0 ? 2 : 0, accuracy), clean, 0.00006)
        assert.closeTo(atMost(r === 0 ? 2 : 0, 1 - accuracy), noisy, 0.0006)
      }
    })
  }
})

import { assert, describe, it } from "@effect/vitest"
import { followingDifficulty } from "../../src/cleaners/followingDifficulty.ts"
import { ifd } from "../../src/cleaners/ifd.ts"
import { ifdGap } from "../../src/cleaners/ifdGap.ts"

const nan = Number.NaN
/** A response of two tokens with the given ratio of perplexities. */
const withRatios = (...ratios: ReadonlyArray<number>) => ({
  logProbGivenPrompt: Float64Array.from(ratios, (ratio) => -4 - 2 * Math.log(ratio)),
  logProbAlone: Float64Array.from(ratios, () => -4),
  nTokens: Int32Array.from(ratios, () => 2)
})
const ids = (n: number) => Array.from({ length: n }, (_, i) => `r${i}`)

describe("ifd", () => {
  it("followingDifficulty is the ratio of perplexities, not of losses", () => {
    const difficulty = followingDifficulty({
      logProbGivenPrompt: Float64Array.of(-3, -3, nan, -3),
      logProbAlone: Float64Array.of(-6, -6, -6, -6),
      nTokens: Int32Array.of(3, 3, 3, 0),
      nCharacters: Int32Array.of(9, 1, 9, 9)
    })
    assert.closeTo(difficulty[0]!, Math.exp(3 / 3) / Math.exp(6 / 3), 1e-12)
    assert.deepStrictEqual([...difficulty.subarray(1)], [10, nan, nan])
  })

  it("ifd flags all above 1 and the lowest fraction of the others, by their own rows", () => {
    const chosen = withRatios(0.9, 1.5, 0.2, 0.5, 2, 0.4, 0.7, nan)
    // Five passed the first test; two fifths of them are two.
    const { flagged } = ifd(chosen, ids(8), { fraction: 0.4 })
    assert.deepStrictEqual([...flagged], [0, 1, 1, 0, 1, 1, 0, 0])
    assert.deepStrictEqual([...ifd(chosen, ids(8), { fraction: 0 }).flagged], [0, 1, 0, 0, 1, 0, 0, 0])
  })

  it("ifdGap flags the lowest gaps and knows no limit of 1", () => {
    const { flagged, score } = ifdGap(withRatios(0.9, 3, 0.2, 0.5), withRatios(0.5, 1, 0.8, 0.6), ids(4), {
      fraction: 0.5
    })
    for (const [i, gap] of [0.4, 2, -0.6, -0.1].entries()) assert.closeTo(score[i]!, gap, 1e-12)
    assert.deepStrictEqual([...flagged], [0, 0, 1, 1])
  })

  it("ifdGap puts responses of at most one character first", () => {
    const short = { ...withRatios(0.9, 0.1), nCharacters: Int32Array.of(1, 50) }
    const { flagged, score } = ifdGap(short, withRatios(0.1, 0.9), ids(2), { budget: 1 })
    assert.strictEqual(score[0], -10)
    assert.deepStrictEqual([...flagged], [1, 0])
  })
})

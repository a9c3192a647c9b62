import { assert, describe, it } from "@effect/vitest"
import { areaUnderRoc } from "../../src/cleaners/areaUnderRoc.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** All pairs of a wrong and a right row, one by one. */
const byPairs = (score: Float64Array, isWrong: Uint8Array): number => {
  let won = 0
  let nPairs = 0
  for (let i = 0; i < score.length; i++) {
    for (let j = 0; j < score.length; j++) {
      if (isWrong[i] !== 1 || isWrong[j] !== 0 || Number.isNaN(score[i]! + score[j]!)) continue
      nPairs++
      won += score[i]! < score[j]! ? 1 : score[i] === score[j] ? 0.5 : 0
    }
  }
  return won / nPairs
}

describe("areaUnderRoc", () => {
  it("areaUnderRoc: is the share of pairs in the right order, ties half and NaN left out", () => {
    for (let run = 0; run < 20; run++) {
      const random = keyedRandom("areaUnderRoc", run)
      const score = Float64Array.from({ length: 40 }, () => (random() < 0.1 ? Number.NaN : Math.floor(random() * 8)))
      const isWrong = Uint8Array.from({ length: 40 }, () => Number(random() < 0.4))
      assert.closeTo(areaUnderRoc(score, isWrong), byPairs(score, isWrong), 1e-12)
    }
  })

  it("areaUnderRoc: has its ends and its gaps", () => {
    assert.strictEqual(areaUnderRoc(Float64Array.of(-1, 0, 2), Uint8Array.of(1, 0, 0)), 1)
    assert.strictEqual(areaUnderRoc(Float64Array.of(3, 0, 2), Uint8Array.of(1, 0, 0)), 0)
    assert.strictEqual(areaUnderRoc(Float64Array.of(1, 1, 1), Uint8Array.of(1, 0, 0)), 0.5)
    assert.isNaN(areaUnderRoc(Float64Array.of(1, 2), Uint8Array.of(0, 0)))
    assert.isNaN(areaUnderRoc(new Float64Array(0), new Uint8Array(0)))
    assert.throws(() => areaUnderRoc(Float64Array.of(1), new Uint8Array(2)), RangeError, /found 2 entries in "isWrong"/)
  })
})

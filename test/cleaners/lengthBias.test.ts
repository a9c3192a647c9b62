import { assert, describe, it } from "@effect/vitest"
import { lengthBias } from "../../src/cleaners/lengthBias.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { wilson } from "../../src/math/wilson.ts"

const plantLengths = (n: number, slope: number) => {
  const random = keyedRandom("plantLengths", slope)
  const pairs = Array.from({ length: n }, () => {
    const a = 20 + Math.floor(random() * 200)
    const b = 20 + Math.floor(random() * 200)
    return random() < sigmoid(slope * Math.log((1 + a) / (1 + b))) ? [a, b] : [b, a]
  })
  return [Float64Array.from(pairs, ([c]) => c!), Float64Array.from(pairs, ([, r]) => r!)] as const
}

describe("lengthBias", () => {
  for (const slope of [-1, 0, 0.7, 3]) {
    it(`lengthBias recovers a slope of ${slope}`, () => {
      const found = lengthBias(...plantLengths(5000, slope))
      assert.closeTo(found.slope!, slope, 4 * found.slopeError!)
      assert.isBelow(found.slopeError!, 0.1)
      assert.strictEqual(found.lower > 0.5 || found.upper < 0.5, slope !== 0)
    })
  }

  it("lengthBias has the closed form of a single ratio", () => {
    // Lengths 3 and 1 give a ratio of log 2; seven of ten are longer, so p = 0.7.
    const chosen = Float64Array.from({ length: 12 }, (_, i) => (i < 7 ? 3 : i < 10 ? 1 : i === 10 ? 5 : Number.NaN))
    const rejected = Float64Array.from({ length: 12 }, (_, i) => (i < 7 ? 1 : i < 10 ? 3 : 5))
    const found = lengthBias(chosen, rejected)
    assert.closeTo(found.slope!, Math.log(0.7 / 0.3) / Math.LN2, 1e-8)
    assert.closeTo(found.slopeError!, 1 / (Math.LN2 * Math.sqrt(10 * 0.7 * 0.3)), 1e-8)
    assert.deepStrictEqual([found.longerChosen, found.nPairs], [0.7, 10])
    assert.strictEqual(found.lower, wilson(7, 10).lower)
    assert.closeTo(lengthBias(rejected.slice(0, 10), chosen.slice(0, 10)).slope!, -found.slope!, 1e-8)
  })

  it("lengthBias gives no slope where none is finite", () => {
    const found = lengthBias(Float64Array.of(5, 6), Float64Array.of(1, 0))
    assert.deepStrictEqual([found.longerChosen, found.slope, found.slopeError], [1, null, null])
    const none = lengthBias(Float64Array.of(5), Float64Array.of(5))
    assert.deepStrictEqual([none.longerChosen, none.lower, none.upper, none.slope], [Number.NaN, 0, 1, null])
    assert.throws(() => lengthBias(Float64Array.of(-1), Float64Array.of(5)), /found a negative length at pair 0/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { histogram } from "../../src/math/histogram.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

describe("histogram", () => {
  it("histogram counts with half-open bins and a closed last one", () => {
    const { counts, edges, nMissing } = histogram(Float64Array.of(0, 0.5, 1, 1.5, 2, Number.NaN), { nBins: 2 })
    assert.deepStrictEqual([...edges], [0, 1, 2])
    assert.deepStrictEqual([...counts], [2, 3])
    assert.strictEqual(nMissing, 1)
  })

  it("histogram lets the borders decide where a division rounds up", () => {
    // 3.15 / 0.525 is 6, yet the border 6 * 0.525 is 3.1500000000000004.
    const { counts, edges } = histogram(Float64Array.of(3.15), { nBins: 8, lower: 0, upper: 4.2 })
    assert.isAbove(edges[6]!, 3.15)
    assert.deepStrictEqual([...counts], [0, 0, 0, 0, 0, 1, 0, 0])
  })

  it("histogram counts apart what is outside of a given range", () => {
    const values = Float64Array.of(-1, 0, 0.99, 1, 3, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    const { counts, nAbove, nBelow } = histogram(values, { nBins: 4, lower: 0, upper: 1 })
    assert.deepStrictEqual([...counts], [1, 0, 0, 2])
    assert.deepStrictEqual([nBelow, nAbove], [2, 2])
  })

  it("histogram has a range for one value and for none", () => {
    const one = histogram(Float64Array.of(7, 7), { nBins: 2 })
    assert.deepStrictEqual([...one.edges], [6.5, 7, 7.5])
    assert.deepStrictEqual([...one.counts], [0, 2])
    const none = histogram(Float64Array.of(Number.NaN), { nBins: 2 })
    assert.deepStrictEqual([...none.edges], [0, 0.5, 1])
    assert.deepStrictEqual([...none.counts], [0, 0])
  })

  it.prop("histogram counts every entry once, in the bin its borders say", { seed: Schema.Int }, ({ seed }) => {
    const random = keyedRandom("histogram", seed)
    const nBins = 1 + Math.floor(random() * 12)
    const values = Float64Array.from({ length: Math.floor(random() * 50) }, () =>
      random() < 0.1 ? Number.NaN : Math.round(random() * 30) / 10
    )
    const { counts, edges, nAbove, nBelow, nMissing } = histogram(values, { nBins })
    assert.strictEqual(
      counts.reduce((a, b) => a + b, nBelow + nAbove + nMissing),
      values.length
    )
    for (let i = 0; i < nBins; i++) {
      const expected = values.filter(
        (v) => v >= edges[i]! && (i === nBins - 1 ? v <= edges[nBins]! : v < edges[i + 1]!)
      )
      assert.strictEqual(counts[i], expected.length)
    }
  })

  it("histogram refuses a bad range or number of bins", () => {
    assert.throws(() => histogram(Float64Array.of(1), { nBins: 0 }), /nBins 0/)
    assert.throws(() => histogram(Float64Array.of(1), { nBins: 2, lower: 2, upper: 1 }), /range 2 to 1/)
    assert.throws(() => histogram(Float64Array.of(1), { nBins: 2, lower: 0, upper: Infinity }), RangeError)
  })
})

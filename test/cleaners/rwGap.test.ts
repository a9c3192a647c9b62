import { assert, describe, it } from "@effect/vitest"
import { rwGap } from "../../src/cleaners/rwGap.ts"

const nan = Number.NaN

describe("rwGap", () => {
  it("rwGap flags the lowest signed means and reports how far the models disagree", () => {
    const gaps = Float64Array.of(1, 3, -5, -3, 0, 0.5, nan, 2, nan, nan)
    const { flagged, score, spread } = rwGap({ gaps, nModels: 2, rowId: ["a", "b", "c", "d", "e"] }, { fraction: 0.5 })
    assert.deepStrictEqual([...score], [2, -4, 0.25, 2, nan])
    // Half of four rows with a gap: large negative gaps count as low, not as large.
    assert.deepStrictEqual([...flagged], [0, 1, 1, 0, 0])
    assert.closeTo(spread[0]!, Math.SQRT2, 1e-12)
    assert.isNaN(spread[3]!)
  })

  it("rwGap sees ranks alone and refuses gaps that do not fill the rows", () => {
    const gaps = Float64Array.of(0.3, -2, 5, 1)
    const rowId = ["a", "b", "c", "d"]
    const flags = (f: (gap: number) => number) =>
      rwGap({ gaps: gaps.map(f), nModels: 1, rowId }, { fraction: 0.5 }).flagged
    assert.deepStrictEqual(
      flags((gap) => gap ** 3 + 7),
      flags((gap) => gap)
    )
    assert.throws(() => rwGap({ gaps, nModels: 3, rowId }, { budget: 1 }), /found 4 entries in "gaps" for 4 rows/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { labelSmoothing } from "../../src/cleaners/labelSmoothing.ts"

const codes = (rate: Parameters<typeof labelSmoothing>[0]) => labelSmoothing(rate).warnings.map(({ code }) => code)

describe("labelSmoothing", () => {
  it("labelSmoothing hands the rate on with its interval", () => {
    const rate = { estimate: 0.12, ci95: [0.1, 0.15] } as const
    assert.deepStrictEqual(labelSmoothing(rate), { labelSmoothing: 0.12, ci95: [0.1, 0.15], warnings: [] })
    assert.strictEqual(labelSmoothing({ estimate: 0, ci95: [0, 0.02] }).labelSmoothing, 0)
  })

  it("labelSmoothing makes the robust loss right on average when labels are flipped at that rate", () => {
    const { labelSmoothing: e } = labelSmoothing({ estimate: 0.3, ci95: [0.2, 0.4] })
    const loss = (gap: number) => Math.log1p(Math.exp(-gap))
    const robust = (gap: number) => ((1 - e!) * loss(gap) - e! * loss(-gap)) / (1 - 2 * e!)
    for (const gap of [-2, 0, 0.7, 5]) assert.closeTo(0.7 * robust(gap) + 0.3 * robust(-gap), loss(gap), 1e-12)
  })

  it("labelSmoothing gives no figure where a robust loss has none, and says why", () => {
    assert.isNull(labelSmoothing(null).labelSmoothing)
    assert.deepStrictEqual(codes(null), ["unknownNoise"])
    for (const estimate of [0.5, 0.8]) {
      const rate = { estimate, ci95: [0.4, 0.9] } as const
      assert.isNull(labelSmoothing(rate).labelSmoothing)
      assert.deepStrictEqual(codes(rate), ["smoothingNotPossible"])
    }
  })

  it("labelSmoothing warns where the interval reaches one half", () => {
    assert.deepStrictEqual(codes({ estimate: 0.4, ci95: [0.3, 0.5] }), ["smoothingUncertain"])
    assert.deepStrictEqual(codes({ estimate: 0.4, ci95: [0.3, 0.499] }), [])
  })

  it("labelSmoothing refuses numbers that are no rate with its interval", () => {
    for (const [estimate, lower, upper] of [
      [0.2, 0.3, 0.4],
      [0.2, 0.1, 0.15],
      [-0.1, -0.2, 0],
      [0.9, 0.8, 1.1],
      [Number.NaN, 0, 1]
    ] as const) {
      assert.throws(() => labelSmoothing({ estimate, ci95: [lower, upper] }), /expected shares from 0 to 1 in order/)
    }
  })
})

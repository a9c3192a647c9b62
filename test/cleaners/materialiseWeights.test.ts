import { assert, describe, it } from "@effect/vitest"
import { type Materialisation, materialiseWeights } from "../../src/cleaners/materialiseWeights.ts"

const materialise = (labelProb: ReadonlyArray<number>, how: Materialisation, seed = 1) =>
  materialiseWeights({ labelProb: Float64Array.from(labelProb), rowId: labelProb.map((_, i) => `row ${i}`) }, how, seed)

describe("materialiseWeights", () => {
  it("materialiseWeights drops or flips strictly below the threshold", () => {
    const w = [0.2, 0.5, 0.9]
    assert.deepStrictEqual([...materialise(w, { rule: "drop", threshold: 0.5 }).copies], [0, 1, 1])
    const flip = materialise(w, { rule: "flip", threshold: 0.5 })
    assert.deepStrictEqual([...flip.copies], [1, 1, 1])
    assert.deepStrictEqual([...flip.flipped], [1, 0, 0])
  })

  for (const [rule, most] of [
    ["thin", 1],
    ["repeat", 3]
  ] as const) {
    it(`materialiseWeights by ${rule} has signed copies of ${most} (2 w - 1) on average, within one of it`, () => {
      const how: Materialisation = rule === "thin" ? { rule } : { rule, most }
      for (const w of [0, 0.05, 0.3, 0.5, 0.77, 0.9, 1]) {
        const n = 20_000
        const { copies, flipped } = materialise(
          Array.from({ length: n }, () => w),
          how
        )
        const signed = copies.map((count, i) => (flipped[i] === 1 ? -count : count))
        const expected = most * (2 * w - 1)
        assert.closeTo(signed.reduce((sum, count) => sum + count, 0) / n, expected, 4 * Math.sqrt(0.25 / n))
        assert.isTrue(signed.every((count) => Math.abs(count - expected) < 1))
      }
    })
  }

  it("materialiseWeights draws by row id and seed", () => {
    const all = materialise([0.7, 0.6, 0.8, 0.65, 0.75, 0.7, 0.6, 0.7], { rule: "thin" })
    const one = materialiseWeights({ labelProb: Float64Array.of(0.65), rowId: ["row 3"] }, { rule: "thin" }, 1)
    assert.strictEqual(one.copies[0], all.copies[3])
    const seeds = new Set(
      [1, 2, 3, 4].map((seed) => materialise(Array(20).fill(0.75), { rule: "thin" }, seed).copies.join())
    )
    assert.strictEqual(seeds.size, 4)
  })

  it("materialiseWeights refuses what is no probability, threshold or number of copies", () => {
    assert.throws(() => materialise([1.2], { rule: "thin" }), /found labelProb 1.2 at row 0/)
    assert.throws(() => materialise([1], { rule: "repeat", most: 0 }), /found most 0/)
    assert.throws(() => materialise([1], { rule: "drop", threshold: 2 }), /found threshold 2/)
  })
})

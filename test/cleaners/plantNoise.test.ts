import { assert, describe, it } from "@effect/vitest"
import { type NoisePlan, plantNoise } from "../../src/cleaners/plantNoise.ts"

const n = 20_000
const rowId = Array.from({ length: n }, (_, i) => `row ${i}`)
const rateWhere = (flipped: Uint8Array, where: (i: number) => boolean) => {
  const rows = Array.from(rowId.keys()).filter(where)
  return rows.reduce((sum, i) => sum + flipped[i]!, 0) / rows.length
}

describe("plantNoise", () => {
  it("plantNoise flips at the rate asked for and records what it did", () => {
    const { flipped, nFlipped, probability, rate } = plantNoise(rowId, { kind: "uniform", rate: 0.2 }, 1)
    assert.closeTo(rate, 0.2, 4 * Math.sqrt(0.16 / n))
    assert.strictEqual(
      nFlipped,
      flipped.reduce((sum, flip) => sum + flip, 0)
    )
    assert.isTrue(probability.every((p) => p === 0.2))
    assert.strictEqual(plantNoise(rowId, { kind: "uniform", rate: 0 }, 1).nFlipped, 0)
    assert.strictEqual(plantNoise(rowId, { kind: "uniform", rate: 1 }, 1).nFlipped, n)
  })

  it("plantNoise has a rate per class, as rule-decided labels among others", () => {
    const group = rowId.map((_, i) => (i % 4 === 0 ? "rule" : "judge"))
    const rates = new Map([
      ["rule", 0.25],
      ["judge", 0.1]
    ])
    const { flipped, probability } = plantNoise(rowId, { kind: "perClass", group, rates }, 2)
    assert.closeTo(
      rateWhere(flipped, (i) => i % 4 === 0),
      0.25,
      4 * Math.sqrt(0.1875 / (n / 4))
    )
    assert.closeTo(
      rateWhere(flipped, (i) => i % 4 !== 0),
      0.1,
      4 * Math.sqrt(0.09 / ((3 * n) / 4))
    )
    assert.deepStrictEqual([probability[0], probability[1]], [0.25, 0.1])
  })

  it("plantNoise by margin spoils close pairs most", () => {
    const margin = Float64Array.from(rowId, (_, i) => (i % 3) * (i % 2 === 0 ? 1 : -1))
    const { probability } = plantNoise(rowId, { kind: "byMargin", margin, rate: 0.4, scale: 2 }, 3)
    for (const [i, expected] of [0.4, 0.8 / (1 + Math.exp(0.5)), 0.8 / (1 + Math.exp(1))].entries()) {
      assert.closeTo(probability[i]!, expected, 1e-12)
    }
  })

  it("plantNoise does the same to a row whatever the others are, and flips more of the same at a higher rate", () => {
    const low = plantNoise(rowId, { kind: "uniform", rate: 0.1 }, 5).flipped
    const high = plantNoise(rowId.toReversed(), { kind: "uniform", rate: 0.3 }, 5).flipped.toReversed()
    assert.isTrue(low.every((flip, i) => flip <= high[i]!))
    assert.notDeepEqual(plantNoise(rowId, { kind: "uniform", rate: 0.1 }, 6).flipped, low)
  })

  it("plantNoise refuses rates, groups, margins and scales it cannot use", () => {
    const plant = (plan: NoisePlan) => () => plantNoise(["a"], plan, 1)
    assert.throws(plant({ kind: "uniform", rate: 1.5 }), /found 1.5 as rate, expected 0 to 1/)
    assert.throws(
      plant({ kind: "perAnnotator", group: ["ann"], rates: new Map() }),
      /found no rate of annotator "ann", expected 0 to 1/
    )
    const margin = Float64Array.of(Number.NaN)
    assert.throws(plant({ kind: "byMargin", margin, rate: 0.1, scale: 1 }), /found margin NaN at row 0/)
    assert.throws(plant({ kind: "byMargin", margin, rate: 0.1, scale: 0 }), /found scale 0/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { rePo } from "../../src/cleaners/rePo.ts"
import { rePoOnline } from "../../src/cleaners/rePoOnline.ts"
import { plantLabels } from "./plantLabels.ts"

describe("rePoOnline", () => {
  // One pass over 20,000 labels in batches of 64, reliability 0.8: where the average ends and its spread over data sets.
  const table = [
    { alpha: 0.001, expected: 0.892, spread: 0.002 },
    { alpha: 0.01, expected: 0.84, spread: 0.006 },
    { alpha: 0.1, expected: 0.805, spread: 0.009 },
    { alpha: 0.5, expected: 0.794, spread: 0.03 },
    { alpha: 1, expected: 0.791, spread: 0.038 }
  ]
  for (const { alpha, expected, spread } of table) {
    it(`rePoOnline ends near ${expected} with alpha ${alpha}`, () => {
      const ends = Array.from(
        { length: 20 },
        (_, seed) =>
          rePoOnline(plantLabels({ nLabels: 20_000, marginSd: 2, reliability: [0.8], seed: `online ${seed}` }), {
            alpha
          }).reliability[0]!
      )
      const mean = ends.reduce((sum, value) => sum + value, 0) / ends.length
      const sd = Math.sqrt(ends.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (ends.length - 1))
      // The figures are means of few runs themselves: two of their standard errors at 6 runs, four of ours at 20.
      assert.closeTo(mean, expected, 0.0015 + spread * (2 / Math.sqrt(6) + 4 / Math.sqrt(20)))
      if (alpha >= 0.1) assert.closeTo(sd, spread, 0.6 * spread)
    })
  }

  it("rePoOnline is another product than rePo: at alpha 0.001 it stays at the start that rePo forgets", () => {
    const data = plantLabels({ nLabels: 20_000, marginSd: 2, reliability: [0.8], seed: 1 })
    for (const initialReliability of [0.6, 0.95]) {
      assert.closeTo(rePo(data, { initialReliability }).reliability[0]!, 0.8, 0.03)
      const online = rePoOnline(data, { initialReliability, alpha: 0.001 }).reliability[0]!
      assert.isBelow(Math.abs(online - initialReliability), Math.abs(online - 0.8) + 0.1)
      assert.isAbove(Math.abs(online - 0.8), 0.04)
    }
  })

  it("rePoOnline judges a batch with the reliabilities before it and moves each annotator in it once", () => {
    const pModel = Float64Array.of(0.9, 0.2, 0.6, 0.7, 0.4)
    const fit = rePoOnline(
      { pModel, annotator: Int32Array.of(0, 1, 0, 1, 0), nAnnotators: 3 },
      { alpha: 0.25, batchSize: 3, initialReliability: 0.8 }
    )
    const w = (p: number, r: number) => (p * r) / (p * r + (1 - p) * (1 - r))
    const r0 = 0.75 * 0.8 + (0.25 * (w(0.9, 0.8) + w(0.6, 0.8))) / 2
    const r1 = 0.75 * 0.8 + 0.25 * w(0.2, 0.8)
    const expected = [w(0.9, 0.8), w(0.2, 0.8), w(0.6, 0.8), w(0.7, r1), w(0.4, r0)]
    for (const [i, value] of expected.entries()) assert.closeTo(fit.labelProb[i]!, value, 1e-14)
    assert.closeTo(fit.reliability[0]!, 0.75 * r0 + 0.25 * w(0.4, r0), 1e-14)
    assert.closeTo(fit.reliability[1]!, 0.75 * r1 + 0.25 * w(0.7, r1), 1e-14)
    assert.strictEqual(fit.reliability[2], 0.8)
    assert.deepStrictEqual([...fit.nLabels], [3, 2, 0])
  })

  it("rePoOnline depends on the order of the labels", () => {
    const pModel = Float64Array.from({ length: 128 }, (_, i) => (i < 64 ? 0.95 : 0.05))
    const annotator = new Int32Array(128)
    const forth = rePoOnline({ pModel, annotator, nAnnotators: 1 }, { alpha: 0.5 }).reliability[0]!
    const back = rePoOnline({ pModel: pModel.toReversed(), annotator, nAnnotators: 1 }, { alpha: 0.5 }).reliability[0]!
    assert.isAbove(back - forth, 0.05)
  })

  it("rePoOnline survives p of exactly 0 and 1", () => {
    const { labelProb, reliability } = rePoOnline(
      { pModel: Float64Array.of(1, 0, 1, 0), annotator: new Int32Array(4), nAnnotators: 1 },
      { alpha: 1, batchSize: 1 }
    )
    assert.isTrue([...labelProb, ...reliability].every((value) => value >= 0 && value <= 1))
  })

  it("rePoOnline says what is wrong with its input", () => {
    const good = { pModel: Float64Array.of(0.5), annotator: Int32Array.of(0), nAnnotators: 1 }
    assert.throws(() => rePoOnline(good, { alpha: 0 }), /found alpha 0, expected above 0/)
    assert.throws(() => rePoOnline(good, { batchSize: 0.5 }), /found batchSize 0.5/)
    assert.throws(() => rePoOnline({ ...good, pModel: Float64Array.of(Number.NaN) }), /found p NaN at label 0/)
    assert.throws(() => rePoOnline({ ...good, annotator: Int32Array.of(-1) }), /found annotator -1/)
    assert.throws(() => rePoOnline({ ...good, annotator: new Int32Array(0) }), /0 annotators for 1 labels/)
    assert.throws(() => rePoOnline(good, { initialReliability: 0 }), /initialReliability 0/)
  })
})

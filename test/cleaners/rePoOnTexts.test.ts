import { assert, describe, it } from "@effect/vitest"
import { hashTextFeatures } from "../../src/cleaners/hashTextFeatures.ts"
import { outOfFoldGaps } from "../../src/cleaners/outOfFoldGaps.ts"
import { rePoOnTexts } from "../../src/cleaners/rePoOnTexts.ts"
import { plantTexts } from "./plantTexts.ts"

const codes = ({ warnings }: ReturnType<typeof rePoOnTexts>) => warnings.map(({ code }) => code)
const assertClose = (actual: Float64Array, expected: Float64Array, tolerance: number, what: string) => {
  assert.strictEqual(actual.length, expected.length)
  for (const [i, value] of actual.entries()) assert.closeTo(value, expected[i]!, tolerance, `${what} ${i}`)
}

describe("rePoOnTexts", () => {
  it("rePoOnTexts finds planted reliabilities and right sides better than one pass does", () => {
    const reliability = [0.95, 0.95, 0.2]
    const tellOf = (maxRounds: number) => {
      let squares = 0
      let right = 0
      for (let seed = 0; seed < 10; seed++) {
        const data = plantTexts({ nPairs: 1200, nTrusted: 200, reliability, seed })
        const { fit, gap } = rePoOnTexts(data, { maxRounds, nFolds: 4 })
        for (const [k, r] of reliability.entries()) squares += (fit.reliability[k]! - r) ** 2
        for (let i = 200; i < 1200; i++) right += Number(gap[i]! * data.right[i]! > 0)
      }
      return { rootMeanSquare: Math.sqrt(squares / 30), accuracy: right / 10_000 }
    }
    const once = tellOf(0)
    const rounds = tellOf(2)
    assert.isBelow(rounds.rootMeanSquare, once.rootMeanSquare)
    assert.isBelow(rounds.rootMeanSquare, 0.04)
    // Paired on the same 10,000 pairs: the standard error of the difference is below 0.005.
    assert.isAbove(rounds.accuracy, once.accuracy + 0.02)
  })

  it("rePoOnTexts with no rounds is the reward model out of fold, trained on shares of votes", () => {
    const data = plantTexts({ nPairs: 200, nVotes: 3, reliability: [0.9, 0.8, 0.7, 0.6], seed: 1 })
    const target = new Float64Array(200)
    for (const [v, i] of data.item.entries()) target[i]! += data.side[v] === 1 ? 1 / 3 : 0
    const { converged, gap, rounds } = rePoOnTexts(data, { maxRounds: 0 })
    assertClose(gap, outOfFoldGaps({ ...data, target }).gap, 1e-9, "gap")
    assert.deepStrictEqual([rounds, converged], [0, true])
  })

  it("rePoOnTexts never lets a vote reach the evidence about its own pair, through any number of rounds", () => {
    const data = plantTexts({ nPairs: 300, nTrusted: 60, reliability: [0.9, 0.7, 0.6], seed: 2 })
    const options = { maxRounds: 3, nFolds: 3, tolerance: 0 }
    const before = rePoOnTexts(data, options)
    assert.strictEqual(before.rounds, 3)
    for (const pair of [0, 100, 299]) {
      const after = rePoOnTexts({ ...data, side: data.side.with(pair, -data.side[pair]!) }, options)
      let nChanged = 0
      for (const [i, value] of after.gap.entries()) {
        if (before.fold[i] === before.fold[pair]) assert.strictEqual(value, before.gap[i], `pair ${i}`)
        else if (value !== before.gap[i]) nChanged++
      }
      // A trusted pair teaches its known side, so its vote moves others by the reliabilities alone.
      assert.isAbove(nChanged, 0)
    }
  })

  it("rePoOnTexts says where texts tell nothing, and invents no noise rate", () => {
    const seeds = [0, 1, 2, 3, 4, 5]
    const fits = seeds.map((seed) =>
      rePoOnTexts(plantTexts({ nPairs: 400, signal: 0, reliability: [0.9, 0.8, 0.6], seed }), { nFolds: 3 })
    )
    // A coin passes the test for signal once in forty times.
    assert.isAtMost(fits.filter(({ hasSignal }) => hasSignal).length, 1)
    for (const fit of fits) {
      if (!fit.hasSignal) {
        assert.include(codes(fit), "noSignal")
        assert.isTrue(fit.pModel.every((p) => p === 0.5))
      }
      assert.isTrue(fit.warnings.some(({ refuses }) => refuses))
      assert.isNull(fit.fit.noiseRate)
      assert.isTrue(fit.fit.reliability.every(Number.isNaN))
    }
  })

  it("rePoOnTexts without signal still judges annotators by trusted pairs, as if nothing else were there", () => {
    const data = plantTexts({ nPairs: 900, nTrusted: 450, signal: 0, reliability: [0.9, 0.75, 0.6], seed: 3 })
    const { fit, hasSignal } = rePoOnTexts(data, { nFolds: 3 })
    assert.isFalse(hasSignal)
    for (const k of [0, 1, 2]) {
      const own = [...data.item.keys()].filter((v) => v < 450 && data.annotator[v] === k)
      const share = own.filter((v) => data.side[v] === data.right[v]).length / own.length
      assert.closeTo(fit.reliability[k]!, share, 1e-6)
    }
  })

  it("rePoOnTexts refuses what the votes cannot identify, and gives it where votes overlap or some pairs are trusted", () => {
    const plan = { nPairs: 900, signal: 0.7, seed: 4 }
    const alone = rePoOnTexts(plantTexts({ ...plan, reliability: [0.8] }), { nFolds: 3 })
    const several = rePoOnTexts(plantTexts({ ...plan, reliability: [0.9, 0.7, 0.6] }), { nFolds: 3 })
    for (const fit of [alone, several]) {
      assert.isTrue(fit.hasSignal)
      assert.include(codes(fit), "mirrored")
      assert.isNull(fit.fit.noiseRate)
    }
    const trusted = rePoOnTexts(plantTexts({ ...plan, nTrusted: 300, reliability: [0.8] }), { nFolds: 3 })
    assert.notInclude(codes(trusted), "mirrored")
    assert.closeTo(trusted.fit.reliability[0]!, 0.8, 0.08)
    const truth = [0.9, 0.7, 0.6, 0.8]
    const overlapping = rePoOnTexts(plantTexts({ ...plan, nVotes: 4, reliability: truth }), { nFolds: 3 })
    assert.include(codes(overlapping), "uncalibrated")
    assert.notInclude(codes(overlapping), "mirrored")
    for (const [k, r] of truth.entries()) assert.closeTo(overlapping.fit.reliability[k]!, r, 0.08)
  })

  it("rePoOnTexts treats annotators, votes and the two sides alike", () => {
    const data = plantTexts({ nPairs: 240, nVotes: 2, nTrusted: 60, reliability: [0.9, 0.75, 0.6], seed: 5 })
    const options = { maxRounds: 2, nFolds: 3 }
    const { fit, gap } = rePoOnTexts(data, options)
    const renamed = rePoOnTexts({ ...data, annotator: data.annotator.map((k) => 2 - k) }, options)
    assertClose(renamed.fit.reliability.toReversed(), fit.reliability, 1e-9, "reliability")
    assertClose(renamed.gap, gap, 1e-9, "gap")
    const reversed = {
      ...data,
      item: data.item.toReversed(),
      annotator: data.annotator.toReversed(),
      side: data.side.toReversed()
    }
    assertClose(rePoOnTexts(reversed, options).fit.posterior, fit.posterior, 1e-9, "posterior")
    const exchanged = rePoOnTexts(
      {
        ...data,
        side: data.side.map((side) => -side),
        trusted: data.trusted.map((side) => -side),
        differences: { ...data.differences, values: data.differences.values.map((value) => -value) }
      },
      options
    )
    assertClose(
      exchanged.gap,
      gap.map((value) => -value),
      1e-6,
      "gap"
    )
    assertClose(exchanged.fit.reliability, fit.reliability, 1e-6, "reliability")
  })

  it("rePoOnTexts changes little when pairs come in another order", () => {
    const plan = { nPairs: 600, nTrusted: 120, reliability: [0.9, 0.6], seed: 6 }
    const data = plantTexts(plan)
    const last = plan.nPairs - 1
    const texts = data.texts.toReversed()
    const other = rePoOnTexts({
      ...data,
      item: data.item.map((i) => last - i),
      promptId: data.promptId.toReversed(),
      trusted: data.trusted.toReversed(),
      differences: hashTextFeatures(texts, { nHashed: 4096 })
    })
    assertClose(other.fit.reliability, rePoOnTexts(data).fit.reliability, 0.03, "reliability")
  })

  it("rePoOnTexts has nothing to say about no pairs or one prompt, and refuses what does not fit together", () => {
    const data = plantTexts({ nPairs: 2, reliability: [0.8], seed: 7 })
    const one = rePoOnTexts(data)
    assert.isTrue(one.gap.every(Number.isNaN))
    assert.deepStrictEqual([...one.pModel], [0.5, 0.5])
    assert.isFalse(one.hasSignal)
    const none = rePoOnTexts(plantTexts({ nPairs: 0, reliability: [0.8], seed: 7 }))
    assert.strictEqual(none.gap.length, 0)
    assert.isNull(none.fit.noiseRate)
    assert.throws(() => rePoOnTexts({ ...data, promptId: ["p"] }), /found 1 prompt ids/)
    assert.throws(() => rePoOnTexts({ ...data, trusted: Int8Array.of(2, 0) }), /found trusted 2 at pair 0/)
    assert.throws(() => rePoOnTexts({ ...data, item: Int32Array.of(0, 2) }), /pair 2, expected/)
    assert.throws(() => rePoOnTexts(data, { maxRounds: -1 }), /found maxRounds -1/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { areaUnderRoc } from "../../src/cleaners/areaUnderRoc.ts"
import { textEvidence } from "../../src/cleaners/textEvidence.ts"
import type { SampledPair } from "../../src/cleaners/TextSample.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const words = "sea wind port mast sail rope deck hull oar keel bow stern tide wave shore reef".split(" ")

/** Pairs of random words, of which the better one says "please"; labels follow that with a probability. */
const pairsOf = (n: number, followed: number, seed: string) => {
  const random = keyedRandom("textEvidence", seed)
  const text = () => Array.from({ length: 12 }, () => words[Math.floor(random() * words.length)]!).join(" ")
  const wrong: Array<number> = []
  const pairs = Array.from({ length: n }, (_, i): SampledPair => {
    const aIsBetter = random() < 0.5
    const isWrong = random() >= followed
    wrong.push(isWrong ? 1 : 0)
    const forA = aIsBetter !== isWrong
    return {
      pairId: `pair ${i}`,
      promptId: `prompt ${i % 200}`,
      prompt: text(),
      a: aIsBetter ? `${text()} please` : text(),
      b: aIsBetter ? text() : `${text()} please`,
      nA: forA ? 1 : 0,
      nB: forA ? 0 : 1
    }
  })
  return { pairs, wrong }
}

describe("textEvidence", () => {
  it("textEvidence ranks wrong labels first where texts tell the right ones", () => {
    const { pairs, wrong } = pairsOf(1500, 0.8, "signal")
    const { accuracy, gap, hasSignal, lower, nPairs, upper } = textEvidence(pairs)
    assert.isTrue(hasSignal)
    assert.strictEqual(nPairs, 1500)
    // No model of these texts can agree with more than the share that follows them, four standard errors of 0.01 aside.
    assert.isTrue(0.7 < accuracy && accuracy < 0.84 && lower < accuracy && accuracy < upper)
    const support = pairs.map(({ nA, pairId }) => (nA === 1 ? 1 : -1) * gap.get(pairId)!)
    assert.isAbove(areaUnderRoc(Float64Array.from(support), Uint8Array.from(wrong)), 0.85)
  })

  it("textEvidence finds no signal in labels that follow a coin, but for one in forty times", () => {
    const found = Array.from({ length: 12 }, (_, i) => textEvidence(pairsOf(300, 0.5, `coin ${i}`).pairs).hasSignal)
    // Four of twelve at 1/40 each would be a matter of one in 5,000.
    assert.isBelow(found.filter(Boolean).length, 4)
  })

  it("textEvidence scores a pair by a model that never saw its label", () => {
    const { pairs } = pairsOf(300, 0.9, "own")
    const changed = pairs.map((pair, i) => (i === 7 ? { ...pair, nA: pair.nB, nB: pair.nA } : pair))
    assert.strictEqual(textEvidence(changed).gap.get("pair 7"), textEvidence(pairs).gap.get("pair 7"))
  })

  it("textEvidence knows nothing about pairs of one prompt, or without a winner", () => {
    const { pairs } = pairsOf(20, 1, "one")
    const one = textEvidence(pairs.map((pair) => ({ ...pair, promptId: "p" })))
    assert.deepStrictEqual([one.nPairs, one.hasSignal, one.gap.size], [0, false, 0])
    assert.isNaN(one.accuracy)
    assert.strictEqual(textEvidence(pairs.map((pair) => ({ ...pair, nA: 1, nB: 1 }))).nPairs, 0)
    assert.strictEqual(textEvidence([]).nPairs, 0)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { cyclesOf } from "../../src/cleaners/cyclesOf.ts"
import { cycleErrorRate } from "../../src/cleaners/cycleErrorRate.ts"
import { expectedCyclicShare } from "../../src/cleaners/expectedCyclicShare.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

type Verdict = readonly [first: number, second: number, verdict: -1 | 0 | 1]
const cycles = (nItems: number, ...verdicts: ReadonlyArray<Verdict>) =>
  cyclesOf({
    nItems,
    first: Int32Array.from(verdicts, ([first]) => first),
    second: Int32Array.from(verdicts, ([, second]) => second),
    verdict: Int8Array.from(verdicts, ([, , verdict]) => verdict)
  })

/** Share of cyclic triples over many prompts of five responses; a verdict is wrong with `errorRate`. */
const simulate = (errorRate: number, scoreSd: number, nPrompts: number) => {
  const random = keyedRandom("simulate", errorRate, scoreSd)
  let nTriples = 0
  let nCyclic = 0
  for (let prompt = 0; prompt < nPrompts; prompt++) {
    const score = Array.from({ length: 5 }, () => normal(random))
    const verdicts: Array<Verdict> = []
    for (let a = 0; a < 5; a++) {
      for (let b = a + 1; b < 5; b++) {
        const gap = score[a]! - score[b]!
        const isFirst = scoreSd === Number.POSITIVE_INFINITY ? gap > 0 : random() < sigmoid(scoreSd * gap)
        verdicts.push([a, b, isFirst === random() >= errorRate ? 1 : -1])
      }
    }
    const found = cycles(5, ...verdicts)
    nTriples += found.nTriples
    nCyclic += found.nCyclic
  }
  return nCyclic / nTriples
}

describe("cyclesOf", () => {
  it("cyclesOf finds a cycle, flags its verdicts and leaves what hangs on it alone", () => {
    const found = cycles(5, [0, 1, 1], [1, 2, 1], [0, 2, -1], [3, 0, 1], [4, 3, -1])
    assert.deepStrictEqual(found.inconsistent, [[0, 1, 2]])
    assert.deepStrictEqual([...found.flagged], [1, 1, 1, 0, 0])
    assert.deepStrictEqual([found.nTriples, found.nCyclic], [1, 1])
  })

  it("cyclesOf accepts a set of ties and objects to a tie against a way round", () => {
    const ties = cycles(3, [0, 1, 0], [1, 2, 0], [0, 2, 0])
    assert.deepStrictEqual([ties.inconsistent, [...ties.flagged], ties.nTriples], [[], [0, 0, 0], 0])
    // 0 beats 1 beats 2, yet 0 and 2 are even.
    assert.deepStrictEqual(cycles(3, [0, 1, 1], [1, 2, 1], [0, 2, 0]).inconsistent, [[0, 1, 2]])
  })

  it("cyclesOf takes both orders: opposite winners are a cycle of two, and the majority decides a triple", () => {
    const swapped = cycles(3, [0, 1, 1], [1, 0, 1], [1, 2, 1], [2, 0, -1])
    assert.deepStrictEqual(swapped.inconsistent, [[0, 1]])
    assert.deepStrictEqual([...swapped.flagged], [1, 1, 0, 0])
    assert.strictEqual(swapped.nTriples, 0)
    const outvoted = cycles(3, [0, 1, 1], [1, 0, 1], [0, 1, 1], [1, 2, 1], [0, 2, 1])
    assert.deepStrictEqual([outvoted.nTriples, outvoted.nCyclic], [1, 0])
  })

  it("cyclesOf counts triples as many as brute force does", () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = keyedRandom("triples", seed)
      const wins = new Map<string, number>()
      const verdicts: Array<Verdict> = []
      for (let a = 0; a < 6; a++) {
        for (let b = a + 1; b < 6; b++) {
          const verdict = (Math.floor(random() * 3) - 1) as -1 | 0 | 1
          verdicts.push(random() < 0.5 ? [a, b, verdict] : [b, a, (0 - verdict) as -1 | 0 | 1])
          if (verdict !== 0) wins.set(verdict === 1 ? `${a}${b}` : `${b}${a}`, 1)
        }
      }
      const beats = (a: number, b: number) => wins.has(`${a}${b}`)
      let nTriples = 0
      let nCyclic = 0
      for (let code = 0; code < 216; code++) {
        const [a, b, c] = [code % 6, Math.floor(code / 6) % 6, Math.floor(code / 36)]
        // Each triple comes up six times; of a cyclic one, three times this way round.
        if (beats(a, b) && beats(b, c) && beats(c, a)) nCyclic += 1 / 3
        if ([[a, b] as const, [b, c] as const, [c, a] as const].every(([x, y]) => beats(x, y) || beats(y, x)))
          nTriples += 1 / 6
      }
      const found = cycles(6, ...verdicts)
      assert.closeTo(found.nTriples, nTriples, 1e-9)
      assert.closeTo(found.nCyclic, nCyclic, 1e-9)
    }
  })

  it("cyclesOf refuses an item compared with itself and items that are not there", () => {
    assert.throws(() => cycles(2, [1, 1, 1]), /found item 1 compared with itself/)
    assert.throws(() => cycles(2, [0, 2, 1]), /found node 2/)
    assert.deepStrictEqual(cycles(0).inconsistent, [])
  })

  it("expectedCyclicShare is e (1 - e) about a fixed order, in simulation too", () => {
    for (const e of [0, 0.05, 0.2, 0.5, 1]) assert.closeTo(expectedCyclicShare(e), e * (1 - e), 1e-12)
    assert.closeTo(expectedCyclicShare(0.2), 0.16, 1e-12)
    // 4,000 prompts of ten triples each, which are not independent: at most 40,000, at least 4,000 cases.
    assert.closeTo(simulate(0.2, Number.POSITIVE_INFINITY, 4000), 0.16, 4 * Math.sqrt((0.16 * 0.84) / 20_000))
  })

  it("expectedCyclicShare of honest judges is 15, 7.2 and 2.5 % at score sd 1, 2 and 4", () => {
    for (const [scoreSd, share, rounding] of [
      [1, 0.15, 0.005],
      [2, 0.072, 0.0015],
      [4, 0.025, 0.0015]
    ] as const) {
      assert.closeTo(expectedCyclicShare(0, scoreSd), share, rounding, `sd ${scoreSd}`)
      assert.closeTo(simulate(0, scoreSd, 4000), expectedCyclicShare(0, scoreSd), 0.008)
      assert.closeTo(simulate(0.1, scoreSd, 4000), expectedCyclicShare(0.1, scoreSd), 0.01)
    }
    assert.closeTo(expectedCyclicShare(0.3, 0), 0.25, 1e-9)
    assert.throws(() => expectedCyclicShare(-0.1), /found errorRate -0.1/)
  })

  it("cycleErrorRate inverts expectedCyclicShare", () => {
    for (const scoreSd of [1, 2, 4, Number.POSITIVE_INFINITY]) {
      for (const e of [0, 0.03, 0.2, 0.4]) {
        assert.closeTo(cycleErrorRate(expectedCyclicShare(e, scoreSd), scoreSd), e, 1e-6, `sd ${scoreSd} e ${e}`)
      }
    }
    assert.strictEqual(cycleErrorRate(0.05, 1), 0)
    assert.strictEqual(cycleErrorRate(0.3), 0.5)
    assert.isNaN(cycleErrorRate(Number.NaN))
    assert.throws(() => cycleErrorRate(-0.1), /found cyclic share -0.1/)
  })
})

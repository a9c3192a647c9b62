import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { samplePairsOfPairs } from "../../src/pairings/samplePairsOfPairs.ts"

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length
const distinctGaps = (nPairs: number) => Float64Array.from({ length: nPairs }, (_, i) => ((i * 7919) % nPairs) / nPairs)

describe("samplePairsOfPairs", () => {
  it("samplePairsOfPairs has mean percentile 2/3 on the strong and 1/3 on the weak side", () => {
    const gaps = distinctGaps(10_000)
    const { gapStrong, gapWeak } = samplePairsOfPairs({ gaps, k: 2, random: keyedRandom("percentile") })
    assert.strictEqual(gapStrong.length, 20_000)
    // The densities 2F and 2(1 - F) have variance 1/18.
    const tolerance = 4 * Math.sqrt(1 / 18 / 20_000)
    assert.closeTo(mean(gapStrong), 2 / 3, tolerance)
    assert.closeTo(mean(gapWeak), 1 / 3, tolerance)
  })

  it("samplePairsOfPairs takes every ordered choice of two different pairs equally often", () => {
    const gaps = Float64Array.of(3, 1, 2, 0)
    const { strong, weak } = samplePairsOfPairs({ gaps, k: 6000, random: keyedRandom("even") })
    const counts = new Map<string, number>()
    for (const [i, s] of strong.entries()) counts.set(`${s}${weak[i]}`, (counts.get(`${s}${weak[i]}`) ?? 0) + 1)
    assert.deepStrictEqual([...counts.keys()].toSorted(), ["01", "02", "03", "13", "21", "23"])
    for (const count of counts.values()) assert.closeTo(count, 4000, 4 * Math.sqrt(24_000 * (1 / 6) * (5 / 6)))
  })

  it("samplePairsOfPairs flips labels at the rate asked for", () => {
    const { flipped, gapStrong, gapWeak, nDrawn } = samplePairsOfPairs({
      gaps: distinctGaps(5000),
      k: 4,
      noise: 0.2,
      random: keyedRandom("noise")
    })
    assert.closeTo(mean(flipped), 0.2, 4 * Math.sqrt(0.16 / 20_000))
    assert.isTrue(flipped.every((flip, i) => (flip === 1) === gapStrong[i]! < gapWeak[i]!))
    assert.strictEqual(nDrawn, 20_000)
  })

  it("samplePairsOfPairs treats ties as asked", () => {
    const gaps = Float64Array.from({ length: 1000 }, (_, i) => i % 2)
    const dropped = samplePairsOfPairs({ gaps, k: 3, random: keyedRandom("tie") })
    assert.strictEqual(dropped.strong.length, 3000)
    assert.isTrue(dropped.gapStrong.every((gap) => gap === 1))
    assert.closeTo(dropped.nDrawn, 6000, 400)

    const kept = samplePairsOfPairs({ gaps, k: 3, noise: 1, tie: "keep", random: keyedRandom("tie") })
    assert.closeTo(mean(kept.tie), 0.5, 0.04)
    assert.isTrue(kept.tie.every((tie, i) => (tie === 1) === (kept.gapStrong[i] === kept.gapWeak[i])))
    assert.isTrue(kept.flipped.every((flip, i) => flip === 1 - kept.tie[i]!))

    const random = samplePairsOfPairs({ gaps, k: 3, tie: "random", random: keyedRandom("tie") })
    assert.strictEqual(random.nDrawn, 3000)
    assert.strictEqual(mean(random.tie), 0)
    const lowerFirst = random.strong.filter((s, i) => random.gapStrong[i] === random.gapWeak[i] && s < random.weak[i]!)
    assert.closeTo(lowerFirst.length, 750, 4 * Math.sqrt(1500 / 4) + 40)
  })

  it("samplePairsOfPairs takes gaps within the tolerance for tied", () => {
    const gaps = Float64Array.of(0, 0.05, 1)
    const { gapStrong } = samplePairsOfPairs({ gaps, k: 50, tieTolerance: 0.1, random: keyedRandom("near") })
    assert.isTrue(gapStrong.every((gap) => gap === 1))
  })

  it("samplePairsOfPairs gives up when there are only ties, and has nothing to compare in one pair", () => {
    const random = keyedRandom("none")
    const { nDrawn, strong } = samplePairsOfPairs({ gaps: new Float64Array(10), k: 2, random })
    assert.deepStrictEqual([strong.length, nDrawn], [0, 400])
    for (const nPairs of [0, 1]) {
      assert.strictEqual(samplePairsOfPairs({ gaps: new Float64Array(nPairs), k: 2, random }).strong.length, 0)
    }
  })

  it.prop(
    "samplePairsOfPairs never compares a pair with itself and repeats itself",
    { seed: Schema.Int },
    ({ seed }) => {
      const draw = keyedRandom("gaps", seed)
      const gaps = Float64Array.from({ length: 2 + Math.floor(draw() * 8) }, () => Math.floor(draw() * 4))
      const tie = (["drop", "keep", "random"] as const)[Math.floor(draw() * 3)]!
      const sample = () => samplePairsOfPairs({ gaps, k: 3, noise: 0.3, tie, random: keyedRandom("sample", seed) })
      const rows = sample()
      assert.deepStrictEqual(sample(), rows)
      for (const [i, strong] of rows.strong.entries()) {
        assert.notStrictEqual(strong, rows.weak[i])
        assert.strictEqual(rows.gapStrong[i], gaps[strong])
        assert.strictEqual(rows.gapWeak[i], gaps[rows.weak[i]!])
      }
    }
  )

  it("samplePairsOfPairs labels without noise hold no cycle, and p (1 - p) of the triples with noise p", () => {
    const gaps = distinctGaps(60)
    for (const noise of [0, 0.2]) {
      let nCyclic = 0
      let nTriples = 0
      for (let repeat = 0; repeat < 10; repeat++) {
        const { strong, weak } = samplePairsOfPairs({ gaps, k: 300, noise, random: keyedRandom("cycles", repeat) })
        const beats = new Map<number, boolean>()
        for (const [i, s] of strong.entries()) {
          const w = weak[i]!
          const key = Math.min(s, w) * 60 + Math.max(s, w)
          if (!beats.has(key)) beats.set(key, s < w)
        }
        for (let a = 0; a < 60; a++) {
          for (let b = a + 1; b < 60; b++) {
            for (let c = b + 1; c < 60; c++) {
              const [ab, ac, bc] = [beats.get(a * 60 + b), beats.get(a * 60 + c), beats.get(b * 60 + c)]
              if (ab === undefined || ac === undefined || bc === undefined) continue
              nTriples++
              if (ab === bc && ac !== ab) nCyclic++
            }
          }
        }
      }
      assert.closeTo(nCyclic / nTriples, noise * (1 - noise), noise === 0 ? 0 : 0.01)
    }
  })

  it("samplePairsOfPairs iterative takes every pair with a smaller one k times as strong, against even partners", () => {
    const gaps = Float64Array.of(3, 1, 2, 0, 0)
    const k = 3000
    const { flipped, nDrawn, strong, weak } = samplePairsOfPairs({
      gaps,
      k,
      sampler: "iterative",
      noise: 0.1,
      random: keyedRandom("iterative")
    })
    // The two smallest gaps are equal, so both are skipped.
    assert.deepStrictEqual([strong.length, nDrawn], [3 * k, 3 * k])
    const counts = new Map<string, number>()
    for (const [i, s] of strong.entries()) {
      const [a, b] = flipped[i] === 1 ? [weak[i]!, s] : [s, weak[i]!]
      counts.set(`${a}${b}`, (counts.get(`${a}${b}`) ?? 0) + 1)
      assert.isAbove(gaps[a]!, gaps[b]!)
    }
    const expected = { "01": k / 4, "02": k / 4, "03": k / 4, "04": k / 4, "13": k / 2, "14": k / 2 }
    for (const [key, count] of Object.entries(expected)) assert.closeTo(counts.get(key)!, count, 4 * Math.sqrt(count))
    const ofOne = (pair: number) => [...counts].reduce((sum, [key, n]) => sum + (key.startsWith(`${pair}`) ? n : 0), 0)
    assert.deepStrictEqual([0, 1, 2, 3, 4].map(ofOne), [k, k, k, 0, 0])
    assert.closeTo(mean(flipped), 0.1, 4 * Math.sqrt(0.09 / (3 * k)))
    const near = samplePairsOfPairs({ gaps, k: 1, sampler: "iterative", tieTolerance: 1, random: keyedRandom("near") })
    assert.deepStrictEqual([...near.strong], [0, 2])
  })

  it("samplePairsOfPairs active compares no two pairs twice and labels as the others do", () => {
    const gaps = distinctGaps(60)
    const made = samplePairsOfPairs({ gaps, k: 4, sampler: "active", noise: 0.2, random: keyedRandom("active") })
    const keys = Array.from(made.strong, (s, i) => [s, made.weak[i]!].toSorted((a, b) => a - b).join(" "))
    assert.deepStrictEqual([keys.length, new Set(keys).size], [240, 240])
    assert.isTrue(made.flipped.every((flip, i) => (flip === 1) === made.gapStrong[i]! < made.gapWeak[i]!))
    const few = samplePairsOfPairs({ gaps: distinctGaps(4), k: 9, sampler: "active", random: keyedRandom("few") })
    assert.strictEqual(few.strong.length, 6)
    const tied = { gaps: new Float64Array(6), k: 1, sampler: "active", random: keyedRandom("tied") } as const
    assert.strictEqual(samplePairsOfPairs(tied).strong.length, 0)
    assert.isTrue(samplePairsOfPairs({ ...tied, tie: "keep" }).tie.every((tie) => tie === 1))
  })

  it("samplePairsOfPairs says what is wrong with its options", () => {
    const gaps = Float64Array.of(1, 2)
    const random = keyedRandom("options")
    assert.throws(() => samplePairsOfPairs({ gaps, k: 0.5, random }), /found k 0.5, expected a positive integer/)
    assert.throws(() => samplePairsOfPairs({ gaps, k: 1, noise: 2, random }), /noise 2/)
    assert.throws(() => samplePairsOfPairs({ gaps, k: 1, tieTolerance: -1, random }), /tieTolerance -1/)
    assert.throws(() => samplePairsOfPairs({ gaps: Float64Array.of(Number.NaN), k: 1, random }), /gap NaN at pair 0/)
  })
})

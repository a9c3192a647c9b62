import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { samplePairsOfPairs, type SamplePairsOfPairsOptions } from "../../src/pairings/samplePairsOfPairs.ts"
import { placesOf } from "./placesOf.ts"

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length
const distinctGaps = (nPairs: number) => Float64Array.from({ length: nPairs }, (_, i) => ((i * 7919) % nPairs) / nPairs)

/** Draws among pairs called "0", "1", …. */
const sampleOf = (options: Omit<SamplePairsOfPairsOptions, "places">) =>
  samplePairsOfPairs({ ...options, places: placesOf(options.gaps.length) })

describe("samplePairsOfPairs", () => {
  it("samplePairsOfPairs has mean percentile 2/3 on the strong and 1/3 on the weak side", () => {
    const gaps = distinctGaps(10_000)
    const { gapStrong, gapWeak } = sampleOf({ gaps, k: 2, seed: "percentile" })
    assert.strictEqual(gapStrong.length, 20_000)
    // The densities 2F and 2(1 - F) have variance 1/18.
    const tolerance = 4 * Math.sqrt(1 / 18 / 20_000)
    assert.closeTo(mean(gapStrong), 2 / 3, tolerance)
    assert.closeTo(mean(gapWeak), 1 / 3, tolerance)
  })

  it("samplePairsOfPairs takes every ordered choice of two different pairs equally often", () => {
    const gaps = Float64Array.of(3, 1, 2, 0)
    const n = 6000
    const counts = new Map<string, number>()
    for (let seed = 0; seed < n; seed++) {
      const { strong, weak } = sampleOf({ gaps, k: 1, tieTolerance: 9, tie: "random", seed: String(seed) })
      assert.strictEqual(strong.length, 4)
      for (const [i, s] of strong.entries()) counts.set(`${s}${weak[i]}`, (counts.get(`${s}${weak[i]}`) ?? 0) + 1)
    }
    assert.strictEqual(counts.size, 12)
    // Four of the six comparisons are drawn each time, either way round.
    for (const count of counts.values()) assert.closeTo(count, n / 3, 4 * Math.sqrt((n * 2) / 9))
  })

  it("samplePairsOfPairs compares no two pairs twice, but all of them where that many are asked for", () => {
    const gaps = distinctGaps(12)
    for (const k of [1, 3, 6, 20]) {
      const { strong, weak } = sampleOf({ gaps, k, noise: 0.3, seed: "once" })
      const keys = Array.from(strong, (s, i) => [s, weak[i]!].toSorted((a, b) => a - b).join(" "))
      assert.deepStrictEqual([keys.length, new Set(keys).size], [Math.min(66, 12 * k), Math.min(66, 12 * k)])
    }
    const { strong, weak } = sampleOf({ gaps, k: 4, sampler: "iterative", seed: "once" })
    const partners = Map.groupBy(strong.keys(), (i) => strong[i]!)
    for (const [pair, drawn] of partners) {
      assert.strictEqual(drawn.length, 4)
      assert.strictEqual(new Set(drawn.map((i) => weak[i])).size, Math.min(4, gaps[pair]! * 12))
    }
  })

  it("samplePairsOfPairs draws by places, not by the order of the pairs, and changes little for one more", () => {
    const n = 600
    const gaps = distinctGaps(n).map((gap, i) => (i % 4 === 0 ? 0.5 : gap))
    const places = placesOf(n + 1)
    const named = (order: ReadonlyArray<number>, sampler: "random" | "iterative" | "active") => {
      const { flipped, strong, tie, weak } = samplePairsOfPairs({
        gaps: Float64Array.from(order, (pair) => (pair === n ? 0.7 : gaps[pair]!)),
        places: Float64Array.from(order, (pair) => places[pair]!),
        k: 2,
        sampler,
        tie: "keep",
        noise: 0.2,
        seed: "order"
      })
      return Array.from(strong, (s, i) => `${order[s]} ${order[weak[i]!]} ${flipped[i]} ${tie[i]}`)
    }
    const order = Array.from({ length: n }, (_, i) => i)
    for (const sampler of ["random", "iterative", "active"] as const) {
      const drawn = named(order, sampler)
      assert.sameMembers(named(order.toReversed(), sampler), drawn)
      if (sampler === "active") continue
      const known = new Set(drawn)
      const nNew = named([n, ...order], sampler).filter((one) => !known.has(one)).length
      // Two of the added pair, and some k log2 n = 18 that its presence moves.
      assert.isAtLeast(nNew, 1)
      assert.isAtMost(nNew, 50)
    }
  })

  it("samplePairsOfPairs flips labels at the rate asked for", () => {
    const { flipped, gapStrong, gapWeak, nDrawn } = sampleOf({
      gaps: distinctGaps(5000),
      k: 4,
      noise: 0.2,
      seed: "noise"
    })
    assert.closeTo(mean(flipped), 0.2, 4 * Math.sqrt(0.16 / 20_000))
    assert.isTrue(flipped.every((flip, i) => (flip === 1) === gapStrong[i]! < gapWeak[i]!))
    assert.strictEqual(nDrawn, 20_000)
  })

  it("samplePairsOfPairs treats ties as asked", () => {
    const gaps = Float64Array.from({ length: 1000 }, (_, i) => i % 2)
    const dropped = sampleOf({ gaps, k: 3, seed: "tie" })
    assert.strictEqual(dropped.strong.length, 3000)
    assert.isTrue(dropped.gapStrong.every((gap) => gap === 1))
    assert.closeTo(dropped.nDrawn, 6000, 400)

    const kept = sampleOf({ gaps, k: 3, noise: 1, tie: "keep", seed: "tie" })
    assert.closeTo(mean(kept.tie), 0.5, 0.04)
    assert.isTrue(kept.tie.every((tie, i) => (tie === 1) === (kept.gapStrong[i] === kept.gapWeak[i])))
    assert.isTrue(kept.flipped.every((flip, i) => flip === 1 - kept.tie[i]!))

    const random = sampleOf({ gaps, k: 3, tie: "random", seed: "tie" })
    assert.strictEqual(random.nDrawn, 3000)
    assert.strictEqual(mean(random.tie), 0)
    const lowerFirst = random.strong.filter((s, i) => random.gapStrong[i] === random.gapWeak[i] && s < random.weak[i]!)
    assert.closeTo(lowerFirst.length, 750, 4 * Math.sqrt(1500 / 4) + 40)
  })

  it("samplePairsOfPairs takes gaps within the tolerance for tied", () => {
    const gaps = Float64Array.of(0, 0.05, 1)
    const { gapStrong } = sampleOf({ gaps, k: 1, tieTolerance: 0.1, seed: "near" })
    assert.isTrue(gapStrong.every((gap) => gap === 1))
  })

  it("samplePairsOfPairs gives up when there are only ties, and has nothing to compare in one pair", () => {
    const { nDrawn, strong } = sampleOf({ gaps: new Float64Array(10), k: 2, seed: "none" })
    assert.deepStrictEqual([strong.length, nDrawn], [0, 400])
    for (const nPairs of [0, 1]) {
      assert.strictEqual(sampleOf({ gaps: new Float64Array(nPairs), k: 2, seed: "none" }).strong.length, 0)
    }
  })

  it.prop(
    "samplePairsOfPairs never compares a pair with itself and repeats itself",
    { seed: Schema.Int },
    ({ seed }) => {
      const draw = keyedRandom("gaps", seed)
      const gaps = Float64Array.from({ length: 2 + Math.floor(draw() * 8) }, () => Math.floor(draw() * 4))
      const tie = (["drop", "keep", "random"] as const)[Math.floor(draw() * 3)]!
      const sample = () => sampleOf({ gaps, k: 3, noise: 0.3, tie, seed: String(seed) })
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
        const { strong, weak } = sampleOf({ gaps, k: 300, noise, seed: String(repeat) })
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
    const { flipped, nDrawn, strong, weak } = sampleOf({
      gaps,
      k,
      sampler: "iterative",
      noise: 0.1,
      seed: "iterative"
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
    const near = sampleOf({ gaps, k: 1, sampler: "iterative", tieTolerance: 1, seed: "near" })
    assert.deepStrictEqual([...near.strong], [0, 2])
  })

  it("samplePairsOfPairs active compares no two pairs twice and labels as the others do", () => {
    const gaps = distinctGaps(60)
    const made = sampleOf({ gaps, k: 4, sampler: "active", noise: 0.2, seed: "active" })
    const keys = Array.from(made.strong, (s, i) => [s, made.weak[i]!].toSorted((a, b) => a - b).join(" "))
    assert.deepStrictEqual([keys.length, new Set(keys).size], [240, 240])
    assert.isTrue(made.flipped.every((flip, i) => (flip === 1) === made.gapStrong[i]! < made.gapWeak[i]!))
    const few = sampleOf({ gaps: distinctGaps(4), k: 9, sampler: "active", seed: "few" })
    assert.strictEqual(few.strong.length, 6)
    const tied = { gaps: new Float64Array(6), k: 1, sampler: "active", seed: "tied" } as const
    assert.strictEqual(sampleOf(tied).strong.length, 0)
    assert.isTrue(sampleOf({ ...tied, tie: "keep" }).tie.every((tie) => tie === 1))
  })

  it("samplePairsOfPairs says what is wrong with its options", () => {
    const gaps = Float64Array.of(1, 2)
    assert.throws(() => sampleOf({ gaps, k: 0.5, seed: "" }), /found k 0.5, expected a positive integer/)
    assert.throws(() => sampleOf({ gaps, k: 1, noise: 2, seed: "" }), /noise 2/)
    assert.throws(() => sampleOf({ gaps, k: 1, tieTolerance: -1, seed: "" }), /tieTolerance -1/)
    assert.throws(() => sampleOf({ gaps: Float64Array.of(Number.NaN), k: 1, seed: "" }), /gap NaN at pair 0/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { bradleyTerry } from "../../src/pairings/bradleyTerry.ts"
import { samplePairsOfPairs } from "../../src/pairings/samplePairsOfPairs.ts"
import { placesOf } from "./placesOf.ts"
import { rankCorrelation } from "./rankCorrelation.ts"

const of = (nItems: number, wins: ReadonlyArray<readonly [number, number]>) => ({
  nItems,
  strong: Int32Array.from(wins, ([strong]) => strong),
  weak: Int32Array.from(wins, ([, weak]) => weak)
})

const repeated = (n: number, strong: number, weak: number) => Array.from({ length: n }, () => [strong, weak] as const)

/** Inverse of a matrix by Gauss and Jordan. */
const inverse = (matrix: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<ReadonlyArray<number>> => {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => Number(i === j))])
  for (let k = 0; k < n; k++) {
    const pivot = rows[k]![k]!
    rows[k] = rows[k]!.map((value) => value / pivot)
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = rows[i]![k]!
      rows[i] = rows[i]!.map((value, j) => value - factor * rows[k]![j]!)
    }
  }
  return rows.map((row) => row.slice(n))
}

/** Standard errors from the whole inverse information, items measured from their mean. */
const denseErrors = (nItems: number, strong: Int32Array, weak: Int32Array, g: Float64Array, priorSd: number) => {
  const matrix = Array.from({ length: nItems }, (_, i) =>
    Array.from({ length: nItems }, (_unused, j) => (i === j ? 1 / priorSd ** 2 : 0))
  )
  for (let e = 0; e < strong.length; e++) {
    const [s, w] = [strong[e]!, weak[e]!]
    const p = sigmoid(g[s]! - g[w]!)
    for (const [i, j, sign] of [
      [s, s, 1],
      [w, w, 1],
      [s, w, -1],
      [w, s, -1]
    ] as const) {
      matrix[i]![j]! += sign * p * (1 - p)
    }
  }
  const covariance = inverse(matrix)
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
  const rowMeans = covariance.map(mean)
  return covariance.map((row, i) => Math.sqrt(row[i]! - 2 * rowMeans[i]! + mean(rowMeans)))
}

/** Comparisons drawn by the model itself. */
const planted = (nItems: number, nComparisons: number, seed: number) => {
  const random = keyedRandom("planted", seed)
  const g = Float64Array.from({ length: nItems }, () => 4 * random() - 2)
  const wins = Array.from({ length: nComparisons }, () => {
    const a = Math.floor(random() * nItems)
    const b = (a + 1 + Math.floor(random() * (nItems - 1))) % nItems
    return random() < sigmoid(g[a]! - g[b]!) ? ([a, b] as const) : ([b, a] as const)
  })
  return { g, input: of(nItems, wins) }
}

describe("bradleyTerry", () => {
  it("bradleyTerry finds the log odds of two items, a tie as half a win for both", () => {
    const { determined, standardError, strength } = bradleyTerry(
      of(2, [...repeated(30, 0, 1), ...repeated(10, 1, 0)]),
      {
        priorSd: 1e3
      }
    )
    assert.closeTo(strength[0]! - strength[1]!, Math.log(3), 1e-4)
    assert.closeTo(strength[0]! + strength[1]!, 0, 1e-12)
    // The difference has variance 1 / (n p q), and each strength is half of it.
    assert.closeTo(standardError[0]!, 0.5 / Math.sqrt(40 * 0.75 * 0.25), 1e-4)
    assert.isTrue(determined)
    const wins = of(2, [...repeated(25, 0, 1), ...repeated(10, 0, 1)])
    const tie = Uint8Array.from({ length: 35 }, (_, i) => Number(i >= 25))
    const tied = bradleyTerry({ ...wins, tie }, { priorSd: 1e3 })
    assert.closeTo(tied.strength[0]! - tied.strength[1]!, Math.log(30 / 5), 1e-3)
    assert.isTrue(tied.determined)
  })

  it("bradleyTerry recovers planted strengths to within its standard errors", () => {
    const { g, input } = planted(60, 3000, 1)
    const { converged, standardError, strength } = bradleyTerry(input, { priorSd: 100 })
    const mean = g.reduce((sum, value) => sum + value, 0) / 60
    const scores = Array.from(strength, (value, i) => (value - (g[i]! - mean)) / standardError[i]!)
    const spread = scores.reduce((sum, z) => sum + z * z, 0) / 60
    assert.isTrue(converged)
    // A mean of 60 squared standard normal numbers has standard deviation sqrt(2 / 60).
    assert.closeTo(spread, 1, 4 * Math.sqrt(2 / 60))
    assert.isTrue(scores.every((z) => Math.abs(z) < 4.5))
  })

  it("bradleyTerry has the standard errors of the whole inverse information, exact in small and drawn in large components", () => {
    for (const [nItems, nComparisons, tolerance] of [
      [25, 60, 1e-4],
      [320, 900, 0.25]
    ] as const) {
      const { input } = planted(nItems, nComparisons, 2)
      const { component, standardError, strength } = bradleyTerry(input)
      if (nItems === 25) assert.isTrue(component.every((c) => c === 0))
      const dense = denseErrors(nItems, input.strong, input.weak, strength, 3)
      const ratios = dense.flatMap((error, i) => (component[i] === 0 ? standardError[i]! / error - 1 : []))
      assert.isTrue(ratios.every((ratio) => Math.abs(ratio) < tolerance))
      const meanRatio = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
      assert.closeTo(meanRatio, 0, tolerance / 10)
    }
  })

  it("bradleyTerry keeps components apart and says when wins alone determine nothing", () => {
    const fit = bradleyTerry(
      of(8, [
        [1, 2],
        [2, 3],
        [3, 1],
        [5, 6],
        [6, 5]
      ])
    )
    assert.deepStrictEqual([...fit.component], [0, 1, 1, 1, 2, 3, 3, 4])
    assert.strictEqual(fit.largest, 1)
    assert.isTrue(fit.determined)
    assert.deepStrictEqual(
      Array.from(fit.strength, (g) => Number.isNaN(g)),
      [true, false, false, false, true, false, false, true]
    )
    for (const i of [1, 2, 3, 5, 6]) assert.closeTo(fit.strength[i]!, 0, 1e-5)
    // Wins in a chain: finite by the prior alone.
    const chain = bradleyTerry(
      of(3, [
        [0, 1],
        [1, 2]
      ])
    )
    assert.isFalse(chain.determined)
    assert.isTrue(chain.strength[0]! > chain.strength[1]! && chain.strength[1]! > chain.strength[2]!)
    assert.strictEqual(bradleyTerry(of(3, [])).largest, -1)
  })

  it("bradleyTerry strengths follow the true gaps better with more comparisons and worse with more noise", () => {
    const random = keyedRandom("gaps")
    const gaps = Float64Array.from({ length: 300 }, () => random())
    const correlation = (k: number, noise: number) => {
      const drawn = { gaps, places: placesOf(300), k, noise, seed: `${k} ${noise}` }
      const { flipped, strong, weak } = samplePairsOfPairs(drawn)
      const { strength } = bradleyTerry({ nItems: 300, strong, weak })
      // The order by strength agrees with more of the labels before noise than the labels themselves do, where there are enough of them.
      let agreeing = 0
      for (let e = 0; e < strong.length; e++) {
        if (strength[strong[e]!]! > strength[weak[e]!]! !== (flipped[e] === 1)) agreeing++
      }
      if (noise > 0 && k >= 4) assert.isAbove(agreeing / strong.length, 1 - noise)
      return rankCorrelation(
        strength.map((g) => (Number.isNaN(g) ? 0 : g)),
        gaps
      )
    }
    for (const noise of [0, 0.2]) {
      const byK = [1, 3, 8].map((k) => correlation(k, noise))
      assert.isTrue(byK[0]! < byK[1]! && byK[1]! < byK[2]!)
    }
    const byNoise = [0, 0.1, 0.3].map((noise) => correlation(4, noise))
    assert.isTrue(byNoise[0]! > byNoise[1]! && byNoise[1]! > byNoise[2]!)
  })

  for (const [sampler, k] of [
    ["random", 4],
    ["active", 6],
    ["iterative", 8]
  ] as const) {
    it(`bradleyTerry strengths are right more often than noisy labels of ${k} comparisons a pair with "${sampler}"`, () => {
      const n = 1000
      for (const seed of ["one", "two"]) {
        const random = keyedRandom("gaps", seed)
        const gaps = Float64Array.from({ length: n }, () => random())
        for (const noise of [0, 0.1, 0.2, 0.3]) {
          const drawn = { gaps, places: placesOf(n), k, sampler, noise, seed }
          const { flipped, strong, weak } = samplePairsOfPairs(drawn)
          const { strength } = bradleyTerry({ nItems: n, strong, weak })
          const right = strong.filter(
            (s, e) => (flipped[e] === 0 ? 1 : -1) * (strength[s]! - strength[weak[e]!]!) > 0
          ).length
          assert.isAbove(right / strong.length, noise === 0 ? 0.94 : 1 - noise, `${seed} with noise ${noise}`)
        }
      }
    })
  }

  it("bradleyTerry reaches the optimum under a wide prior, also where wins alone determine nothing", () => {
    const random = keyedRandom("acyclic")
    const nItems = 50
    const wins = Array.from({ length: 300 }, () => {
      const a = Math.floor(random() * nItems)
      const b = (a + 1 + Math.floor(random() * (nItems - 1))) % nItems
      return [Math.min(a, b), Math.max(a, b)] as const
    })
    for (const priorSd of [3, 100, 1e4]) {
      const input = of(nItems, wins)
      const { component, converged, determined, standardError, strength } = bradleyTerry(input, { priorSd })
      assert.isTrue(component.every((c) => c === 0))
      assert.deepStrictEqual([converged, determined], [true, false])
      // At the optimum the pull of the prior is that of the wins, item by item; how far it is from there in logits is the Newton step.
      const gradient = Array.from(strength, (g) => g / priorSd ** 2)
      const matrix = gradient.map((_, i) => gradient.map((_unused, j) => (i === j ? 1 / priorSd ** 2 : 0)))
      for (const [s, w] of wins) {
        const p = sigmoid(strength[w]! - strength[s]!)
        gradient[s]! -= p
        gradient[w]! += p
        for (const [i, j, sign] of [
          [s, s, 1],
          [w, w, 1],
          [s, w, -1],
          [w, s, -1]
        ] as const)
          matrix[i]![j]! += sign * p * (1 - p)
      }
      const step = inverse(matrix).map((row) => row.reduce((sum, value, j) => sum + value * gradient[j]!, 0))
      assert.isBelow(Math.max(...step.map(Math.abs)), 1e-4 * Math.max(1, ...strength.map(Math.abs)))
      const dense = denseErrors(nItems, input.strong, input.weak, strength, priorSd)
      for (const [i, error] of dense.entries()) assert.closeTo(standardError[i]! / error, 1, 1e-3)
    }
  })

  it("bradleyTerry says what is wrong with its input", () => {
    assert.throws(() => bradleyTerry(of(2, [[0, 0]])), /items 0 and 0 in comparison 0, expected two different ones/)
    assert.throws(() => bradleyTerry(of(2, [[0, 2]])), /items 0 and 2/)
    assert.throws(() => bradleyTerry(of(2, [[0, 1]]), { priorSd: 0 }), /priorSd 0/)
    assert.throws(() => bradleyTerry({ ...of(2, [[0, 1]]), weak: new Int32Array(2) }), /1 strong, 2 weak/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { areaUnderRoc } from "../../src/cleaners/areaUnderRoc.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { plantLabels } from "./plantLabels.ts"

const seeds = [1, 2, 3, 4, 5, 6]
const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

/** Small, awkward data: exact 0, 1/2 and 1 among the p, annotators without labels. */
const randomLabels = (seed: number) => {
  const random = keyedRandom("randomLabels", seed)
  const nLabels = Math.floor(random() * 60)
  const nAnnotators = 1 + Math.floor(random() * 6)
  const special = [0, 1, 0.5]
  const pModel = Float64Array.from({ length: nLabels }, () => {
    const draw = random()
    return draw < 0.1 ? special[Math.floor(random() * 3)]! : draw < 0.4 ? random() ** 8 : random()
  })
  const annotator = Int32Array.from({ length: nLabels }, () => Math.floor(random() * nAnnotators))
  return { pModel, annotator, nAnnotators }
}

const density = (p: number, r: number) => p * r + (1 - p) * (1 - r)
const sum = (values: Float64Array, f: (value: number) => number) => values.reduce((total, v) => total + f(v), 0)
const mean = (values: Float64Array, f: (value: number) => number) => sum(values, f) / values.length

const assertClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) => {
  assert.strictEqual(actual.length, expected.length, what)
  for (let i = 0; i < actual.length; i++) {
    if (Number.isNaN(expected[i]!)) assert.isNaN(actual[i]!, `${what} ${i}`)
    else assert.closeTo(actual[i]!, expected[i]!, tolerance, `${what} ${i}`)
  }
}

describe("rePo", () => {
  const table = [
    { marginSd: 1, asymptotic: 1.11, iterations: 140, sds: [0.048, 0.022, 0.01, 0.005] },
    { marginSd: 2, asymptotic: 0.69, iterations: 51, sds: [0.031, 0.015, 0.008, 0.0035] },
    { marginSd: 4, asymptotic: 0.52, iterations: 25, sds: [0.023, 0.011, 0.004, 0.002] }
  ]
  for (const { asymptotic, iterations, marginSd, sds } of table) {
    it(`rePo recovers a reliability of 0.8 from margins with sd ${marginSd}`, () => {
      for (const [column, nLabels] of [500, 2000, 10_000, 50_000].entries()) {
        const used: Array<number> = []
        for (const seed of seeds) {
          const fit = rePo(plantLabels({ nLabels, marginSd, reliability: [0.8], seed: `${nLabels} ${seed}` }))
          assert.isTrue(fit.converged)
          assert.closeTo(fit.reliability[0]!, 0.8, 4 * sds[column]!, `N ${nLabels} seed ${seed}`)
          if (nLabels >= 2000) {
            assert.closeTo(fit.standardError[0]! * Math.sqrt(nLabels), asymptotic, 0.12 * asymptotic)
          }
          assert.isBelow(fit.largestPolish, 1e-8)
          used.push(fit.iterations)
        }
        if (nLabels >= 10_000) {
          const usual = used.toSorted((a, b) => a - b)[3]!
          assert.closeTo(usual, iterations, 0.15 * iterations, `iterations ${used.join(" ")}`)
        }
      }
    })
  }

  it("rePo needs some 470 iterations at margin sd 0.5 and still converges", () => {
    const fit = rePo(plantLabels({ nLabels: 50_000, marginSd: 0.5, reliability: [0.8], seed: 1 }))
    assert.isTrue(fit.converged)
    assert.closeTo(fit.iterations, 470, 120)
    assert.closeTo(fit.reliability[0]!, 0.8, 4 * fit.standardError[0]!)
  })

  it("rePo recovers four annotators at once", () => {
    const truth = [0.95, 0.8, 0.65, 0.5]
    for (const seed of seeds) {
      const fit = rePo(plantLabels({ nLabels: 20_000, marginSd: 2, reliability: truth, seed }))
      for (const [k, expected] of truth.entries()) assert.closeTo(fit.reliability[k]!, expected, 4 * 0.01)
      const noise = 1 - truth.reduce((total, r) => total + r, 0) / 4
      assert.closeTo(fit.noiseRate!.estimate, noise, 4 * fit.noiseRate!.standardError)
      assert.closeTo(fit.noiseRate!.standardError, 0.005, 0.001)
    }
  })

  it("rePo separates right from wrong labels with AUC about 0.86 at margin sd 2, as well as the scorer does", () => {
    for (const reliability of [0.95, 0.8, 0.65]) {
      const data = plantLabels({ nLabels: 50_000, marginSd: 2, reliability: [reliability], seed: reliability })
      const fit = rePo(data)
      const isWrong = data.right.map((right) => 1 - right)
      assert.closeTo(areaUnderRoc(fit.labelProb, isWrong), 0.86, 0.015)
      assert.closeTo(areaUnderRoc(fit.labelProb, isWrong), areaUnderRoc(data.pModel, isWrong), 1e-9)
    }
  })

  it("rePo is misled by a miscalibrated scorer as much as expected", () => {
    const rows: Array<[number, number]> = [
      [0.25, 1],
      [0.5, 0.93],
      [0.8, 0.83],
      [1, 0.8],
      [1.25, 0.775],
      [2, 0.735],
      [4, 0.7],
      [1e6, 0.67]
    ]
    for (const [factor, expected] of rows) {
      const estimates = seeds.map((seed) => {
        const { annotator, margin } = plantLabels({ nLabels: 20_000, marginSd: 2, reliability: [0.8], seed })
        return rePo({ pModel: margin.map((m) => sigmoid(factor * m)), annotator, nAnnotators: 1 }).reliability[0]!
      })
      // Rounded figures, one standard deviation of a single fit is about 0.005.
      assert.closeTo(estimates.reduce((a, b) => a + b, 0) / seeds.length, expected, 0.01, `factor ${factor}`)
    }
  })

  it("rePo makes labelProb average to the reliability of each annotator and lie in [0, 1]", () => {
    const data = plantLabels({ nLabels: 3000, marginSd: 2, reliability: [0.9, 0.6, 0.75], seed: 4 })
    const { labelProb, reliability } = rePo(data)
    for (const k of [0, 1, 2]) {
      const own = labelProb.filter((_, i) => data.annotator[i] === k)
      assert.closeTo(
        mean(own, (w) => w),
        reliability[k]!,
        1e-9
      )
    }
    assert.isTrue(labelProb.every((w) => w >= 0 && w <= 1))
  })

  it("rePo steps by r(1 - r) times the slope of the mean log-likelihood", () => {
    const { annotator, pModel } = plantLabels({ nLabels: 400, marginSd: 2, reliability: [0.8], seed: 9 })
    const logLikelihood = (r: number) => mean(pModel, (p) => Math.log(density(p, r)))
    for (const r of [0.05, 0.3, 0.5, 0.77, 0.97]) {
      const step = mean(pModel, (p) => (p * r) / density(p, r)) - r
      const h = 1e-5
      const slope = (logLikelihood(r + h) - logLikelihood(r - h)) / (2 * h)
      assert.closeTo(step, r * (1 - r) * slope, 1e-8)
      const start = rePo({ pModel, annotator, nAnnotators: 1 }, { initialReliability: r, maxIterations: 1 })
      const rising = start.logLikelihood
      assert.closeTo(rising[0]!, logLikelihood(r), 1e-12)
      assert.isAtLeast(rising[1]!, logLikelihood(r + step) - 1e-12)
    }
  })

  it("rePo pushes every label towards the recorded order while the reliability is above one half", () => {
    // The gradient of the mixture's likelihood: it fades where p is near 0 and never turns.
    for (const [planted, sign] of [
      [0.8, 1],
      [0.3, -1]
    ] as const) {
      const data = plantLabels({ nLabels: 800, marginSd: 3, reliability: [planted], seed: 10 })
      const { labelProb, reliability } = rePo(data)
      const r = reliability[0]!
      for (const [i, p] of data.pModel.entries()) {
        assert.closeTo(p - labelProb[i]!, (-p * (1 - p) * (2 * r - 1)) / density(p, r), 1e-12)
        assert.isAtLeast(sign * (labelProb[i]! - p), 0)
      }
    }
  })

  it("rePo follows the recursion of EM", () => {
    const { annotator, pModel } = plantLabels({ nLabels: 300, marginSd: 1, reliability: [0.7], seed: 2 })
    const fit = rePo({ pModel, annotator, nAnnotators: 1 }, { maxIterations: 12 })
    assert.strictEqual(fit.iterations, 12)
    assert.isFalse(fit.converged)
    assert.isAbove(fit.largestPolish, 1e-6)
    let r = 0.9
    for (const value of fit.logLikelihood.subarray(0, 12)) {
      assert.closeTo(
        value,
        mean(pModel, (p) => Math.log(density(p, r))),
        1e-12
      )
      r = mean(pModel, (p) => (p * r) / density(p, r))
    }
  })

  it.prop("rePo never lets the log-likelihood fall", { seed: seedOf }, ({ seed }) => {
    const data = randomLabels(seed)
    for (const maxIterations of [3, 200]) {
      const { logLikelihood } = rePo(data, { maxIterations })
      for (let t = 1; t < logLikelihood.length; t++) {
        assert.isAtLeast(logLikelihood[t]!, logLikelihood[t - 1]! - 1e-12, `iteration ${t}`)
      }
    }
  })

  it.prop("rePo reaches the maximum that a grid finds", { seed: seedOf }, ({ seed }) => {
    const data = randomLabels(seed)
    const fit = rePo(data)
    for (let k = 0; k < data.nAnnotators; k++) {
      const own = data.pModel.filter((_, i) => data.annotator[i] === k)
      if (own.every((p) => p === 0.5)) continue
      const at = (r: number) => sum(own, (p) => Math.log(Math.max(1e-12, density(p, r))))
      let best = Number.NEGATIVE_INFINITY
      for (let r = 0; r <= 1000; r++) best = Math.max(best, at(r / 1000))
      assert.isAtLeast(at(fit.reliability[k]!), best - 1e-9)
      assert.isTrue(fit.ci95.lower[k]! <= fit.reliability[k]! && fit.reliability[k]! <= fit.ci95.upper[k]!)
    }
  })

  it.prop("rePo permutes its answer with the labels and the annotators", { seed: seedOf }, ({ seed }) => {
    const { annotator, nAnnotators, pModel } = randomLabels(seed)
    const random = keyedRandom("permutation", seed)
    const shuffled = (length: number) =>
      Array.from({ length }, (_, i) => ({ i, key: random() }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ i }) => i)
    const rows = shuffled(pModel.length)
    const names = shuffled(nAnnotators)
    const fit = rePo({ pModel, annotator, nAnnotators })
    const other = rePo({
      pModel: Float64Array.from(rows, (i) => pModel[i]!),
      annotator: Int32Array.from(rows, (i) => names[annotator[i]!]!),
      nAnnotators
    })
    assertClose(
      other.labelProb,
      rows.map((i) => fit.labelProb[i]!),
      1e-9,
      "labelProb"
    )
    for (const column of ["reliability", "nLabels"] as const) {
      assertClose(
        names.map((k) => other[column][k]!),
        fit[column],
        1e-9,
        column
      )
    }
    assert.strictEqual(other.converged, fit.converged)
  })

  it("rePo keeps row order and does not edit its input", () => {
    const pModel = Float64Array.of(0.9, 0.2, 0.7, 0.6)
    const annotator = Int32Array.of(1, 0, 1, 0)
    const fit = rePo({ pModel, annotator, nAnnotators: 2 })
    assert.deepStrictEqual([...pModel], [0.9, 0.2, 0.7, 0.6])
    assert.deepStrictEqual([...annotator], [1, 0, 1, 0])
    for (const [i, p] of pModel.entries()) {
      const r = fit.reliability[annotator[i]!]!
      assert.closeTo(fit.labelProb[i]!, (p * r) / density(p, r), 1e-12)
    }
  })

  it("rePo sums the log-likelihood of many labels exactly", () => {
    const { annotator, nAnnotators, pModel } = plantLabels({
      nLabels: 30_000,
      marginSd: 4,
      reliability: [0.9],
      seed: 7
    })
    const { logLikelihood } = rePo({ pModel, annotator, nAnnotators })
    assert.closeTo(
      logLikelihood[0]!,
      mean(pModel, (p) => Math.log(density(p, 0.9))),
      1e-12
    )
  })

  it("rePo gives the same bytes twice", () => {
    const data = plantLabels({ nLabels: 500, marginSd: 2, reliability: [0.9, 0.6], seed: 3 })
    assert.deepStrictEqual(rePo(data), rePo(data))
  })

  it("rePo ends at the same place from any start", () => {
    const data = plantLabels({ nLabels: 2000, marginSd: 2, reliability: [0.9, 0.4], seed: 8 })
    const { reliability } = rePo(data)
    for (const initialReliability of [0.01, 0.5, 0.99]) {
      assertClose(rePo(data, { initialReliability }).reliability, reliability, 1e-9, "reliability")
    }
  })

  it("rePo mirrors when every recorded order is exchanged", () => {
    const { annotator, nAnnotators, pModel } = plantLabels({ nLabels: 900, marginSd: 2, reliability: [0.7], seed: 5 })
    const fit = rePo({ pModel, annotator, nAnnotators })
    const mirrored = rePo({ pModel: pModel.map((p) => 1 - p), annotator, nAnnotators })
    assert.closeTo(mirrored.reliability[0]!, 1 - fit.reliability[0]!, 1e-9)
    assert.closeTo(mirrored.ci95.lower[0]!, 1 - fit.ci95.upper[0]!, 1e-8)
    assertClose(
      mirrored.labelProb,
      fit.labelProb.map((w) => 1 - w),
      1e-9,
      "labelProb"
    )
  })

  it("rePo finds the closed form when p takes the values q and 1 - q only", () => {
    // Share s of labels with p = q: the likelihood is binomial in q r + (1 - q)(1 - r), so r = (s - 1 + q) / (2 q - 1).
    const q = 0.9
    const pModel = Float64Array.from({ length: 100 }, (_, i) => (i < 70 ? q : 1 - q))
    const fit = rePo({ pModel, annotator: new Int32Array(100), nAnnotators: 1 })
    assert.closeTo(fit.reliability[0]!, (0.7 - 1 + q) / (2 * q - 1), 1e-11)
    assert.closeTo(fit.standardError[0]!, Math.sqrt((0.7 * 0.3) / 100) / (2 * q - 1), 1e-11)
    assert.closeTo(fit.noiseRate!.estimate, 0.25, 1e-11)
    assert.closeTo(fit.noiseRate!.standardError, fit.standardError[0]!, 1e-15)
    assert.closeTo(fit.noiseRate!.lower, 1 - fit.ci95.upper[0]!, 1e-12)
  })

  it("rePo gives an empty fit for empty input", () => {
    const fit = rePo({ pModel: new Float64Array(0), annotator: new Int32Array(0), nAnnotators: 2 })
    assert.deepStrictEqual([...fit.reliability], [Number.NaN, Number.NaN])
    assert.deepStrictEqual([...fit.nLabels], [0, 0])
    assert.deepStrictEqual([...fit.ci95.lower, ...fit.ci95.upper], [0, 0, 1, 1])
    assert.strictEqual(fit.labelProb.length + fit.logLikelihood.length + fit.iterations, 0)
    assert.isTrue(fit.converged)
    assert.isNull(fit.noiseRate)
  })

  it("rePo leaves an annotator without labels at NaN", () => {
    const fit = rePo({ pModel: Float64Array.of(0.9, 0.1, 0.8), annotator: Int32Array.of(0, 0, 2), nAnnotators: 3 })
    assert.isNaN(fit.reliability[1]!)
    assert.isNaN(fit.standardError[1]!)
    assert.isFalse(Number.isNaN(fit.noiseRate!.estimate))
  })

  it("rePo goes to the border when labels agree with the scorer, or it is one label", () => {
    for (const p of [[0.9, 0.8, 0.7], [0.6]]) {
      const fit = rePo({ pModel: Float64Array.from(p), annotator: new Int32Array(p.length), nAnnotators: 1 })
      assert.strictEqual(fit.reliability[0], 1)
      assert.isNaN(fit.standardError[0]!)
      assert.strictEqual(fit.ci95.upper[0], 1)
      assert.isBelow(fit.ci95.lower[0]!, 0.5)
      assert.deepStrictEqual(
        [...fit.labelProb],
        p.map(() => 1)
      )
      assert.strictEqual(fit.noiseRate!.estimate, 0)
      assert.isAbove(fit.noiseRate!.standardError, 0)
    }
  })

  it("rePo survives p of exactly 0 and 1", () => {
    const pModel = Float64Array.of(1, 1, 1, 0)
    const fit = rePo({ pModel, annotator: new Int32Array(4), nAnnotators: 1 })
    assert.closeTo(fit.reliability[0]!, 0.75, 1e-11)
    assert.deepStrictEqual([...fit.labelProb], [1, 1, 1, 0])
    assert.closeTo(fit.logLikelihood.at(-1)!, 0.75 * Math.log(0.75) + 0.25 * Math.log(0.25), 1e-12)
    assert.isTrue(fit.logLikelihood.every(Number.isFinite))
    const certain = rePo({ pModel: Float64Array.of(1, 0), annotator: Int32Array.of(0, 1), nAnnotators: 2 })
    assert.deepStrictEqual([...certain.reliability], [1, 0])
    assert.deepStrictEqual([...certain.labelProb], [1, 0])
  })

  it("rePo gives no number where every p is one half", () => {
    for (const solver of ["em", "newton"] as const) {
      for (const prior of [
        { a: 1, b: 1 },
        { a: 3, b: 2 }
      ]) {
        const blind = { pModel: new Float64Array(9).fill(0.5), annotator: new Int32Array(9), nAnnotators: 1 }
        const fit = rePo(blind, { solver, prior, initialReliability: 0.7 })
        assert.isNaN(fit.reliability[0]!)
        assert.isNull(fit.noiseRate)
        assert.deepStrictEqual([fit.ci95.lower[0], fit.ci95.upper[0]], [0, 1])
        assert.isNaN(fit.standardError[0]!)
        assert.isTrue(fit.labelProb.every((w) => Math.abs(w - 0.7) < 1e-12))
      }
    }
  })

  it("rePo leaves an annotator that cannot be judged out of the noise rate", () => {
    const known = plantLabels({ nLabels: 600, marginSd: 2, reliability: [0.8], seed: 6 })
    const alone = rePo(known)
    const fit = rePo({
      pModel: Float64Array.of(...known.pModel, 0.5, 0.5 + 1e-7),
      annotator: Int32Array.of(...known.annotator, 1, 1),
      nAnnotators: 2
    })
    assert.isNaN(fit.reliability[1]!)
    assert.closeTo(fit.reliability[0]!, alone.reliability[0]!, 1e-12)
    assert.closeTo(fit.noiseRate!.upper, alone.noiseRate!.upper, 1e-9)
    assert.isTrue(fit.converged)
  })

  it.prop("rePo finds by Newton what it finds by EM", { seed: seedOf }, ({ seed }) => {
    const data = randomLabels(seed)
    const random = keyedRandom("prior", seed)
    const prior = random() < 0.5 ? { a: 1, b: 1 } : { a: 1 + 3 * random(), b: 1 + 3 * random() }
    const em = rePo(data, { prior })
    const newton = rePo(data, { prior, solver: "newton" })
    for (const column of ["reliability", "labelProb", "standardError"] as const) {
      assertClose(newton[column], em[column], column === "standardError" ? 1e-6 : 1e-9, column)
    }
    assertClose(newton.ci95.lower, em.ci95.lower, 1e-8, "lower")
    assertClose(newton.ci95.upper, em.ci95.upper, 1e-8, "upper")
    assert.isTrue(newton.converged)
    assert.strictEqual(newton.iterations, 0)
    if (data.pModel.length > 0) {
      assert.closeTo(newton.logLikelihood[0]!, em.logLikelihood[0]!, 1e-12)
      assert.closeTo(newton.logLikelihood[1]!, em.logLikelihood.at(-1)!, 1e-12)
    }
  })

  it.prop(
    "rePo with a prior climbs to the maximum of the posterior that a grid finds",
    { seed: seedOf },
    ({ seed }) => {
      const data = randomLabels(seed)
      const prior = { a: 2.8, b: 1.2 }
      const fit = rePo(data, { prior, maxIterations: 300 })
      for (let t = 1; t < fit.logLikelihood.length; t++) {
        assert.isAtLeast(fit.logLikelihood[t]!, fit.logLikelihood[t - 1]! - 1e-12, `iteration ${t}`)
      }
      for (let k = 0; k < data.nAnnotators; k++) {
        const own = data.pModel.filter((_, i) => data.annotator[i] === k)
        if (own.every((p) => p === 0.5)) continue
        const at = (r: number) => sum(own, (p) => Math.log(density(p, r))) + 1.8 * Math.log(r) + 0.2 * Math.log(1 - r)
        let best = Number.NEGATIVE_INFINITY
        for (let r = 1; r < 1000; r++) best = Math.max(best, at(r / 1000))
        assert.isAtLeast(at(fit.reliability[k]!), best - 1e-9)
        assert.isTrue(fit.ci95.lower[k]! <= fit.reliability[k]! && fit.reliability[k]! <= fit.ci95.upper[k]!)
      }
    }
  )

  it("rePo treats a prior as labels seen beforehand", () => {
    // Labels whose truth is known are binomial, so a - 1 right and b - 1 wrong ones may as well be among the data.
    const fitOf = (pModel: ReadonlyArray<number>, prior: { readonly a: number; readonly b: number }) =>
      rePo({ pModel: Float64Array.from(pModel), annotator: new Int32Array(pModel.length), nAnnotators: 1 }, { prior })
    const few = fitOf([1, 1, 1, 0, 0.7], { a: 4, b: 2 })
    const many = fitOf([1, 1, 1, 0, 0.7, 1, 1, 1, 0], { a: 1, b: 1 })
    assert.closeTo(few.reliability[0]!, many.reliability[0]!, 1e-11)
    assert.closeTo(few.standardError[0]!, many.standardError[0]!, 1e-11)
    assert.closeTo(few.ci95.lower[0]!, many.ci95.lower[0]!, 1e-8)
    assert.closeTo(few.ci95.upper[0]!, many.ci95.upper[0]!, 1e-8)
    assert.closeTo(5 * few.logLikelihood.at(-1)!, 9 * many.logLikelihood.at(-1)!, 1e-10)
  })

  it("rePo keeps one agreeing label from making certainty when there is a weak prior", () => {
    const one = { pModel: Float64Array.of(0.9), annotator: new Int32Array(1), nAnnotators: 1 }
    assert.strictEqual(rePo(one).reliability[0], 1)
    const { ci95, labelProb, reliability } = rePo(one, { prior: { a: 2.8, b: 1.2 } })
    assert.isTrue(reliability[0]! > 0.9 && reliability[0]! < 0.97)
    assert.isTrue(ci95.upper[0]! < 1 && ci95.lower[0]! > 0)
    assert.isBelow(labelProb[0]!, 1)
  })

  it("rePo makes intervals from the observed information when asked", () => {
    const data = plantLabels({ nLabels: 3000, marginSd: 2, reliability: [0.9, 0.7], seed: 12 })
    const fit = rePo(data, { interval: "observedInformation" })
    for (const k of [0, 1]) {
      const own = data.pModel.filter((_, i) => data.annotator[i] === k)
      const r = fit.reliability[k]!
      // Second difference of the log-likelihood.
      const at = (x: number) => sum(own, (p) => Math.log(density(p, x)))
      const h = 1e-4
      const information = -(at(r + h) - 2 * at(r) + at(r - h)) / h ** 2
      assert.closeTo(fit.ci95.upper[k]! - r, 1.96 / Math.sqrt(information), 1e-5)
      assert.closeTo(r - fit.ci95.lower[k]!, 1.96 / Math.sqrt(information), 1e-5)
    }
    const { estimate, lower, upper } = fit.noiseRate!
    const half = 1.96 * Math.hypot(fit.standardError[0]!, fit.standardError[1]!) * 0.5
    assert.closeTo(estimate - lower, half, 1e-5)
    assert.closeTo(upper - estimate, half, 1e-5)
  })

  it("rePo covers the noise rate of five annotators in 95 % of the data sets", () => {
    const truth = [0.9, 0.85, 0.75, 0.7, 0.6]
    const nFits = 600
    let nCovered = 0
    for (let seed = 0; seed < nFits; seed++) {
      const data = plantLabels({ nLabels: 2000, marginSd: 2, reliability: truth, seed: `noise ${seed}` })
      const { lower, upper } = rePo(data, { tolerance: 1e-6 }).noiseRate!
      if (lower <= 0.24 && 0.24 <= upper) nCovered++
    }
    assert.closeTo(nCovered / nFits, 0.95, 4 * Math.sqrt((0.95 * 0.05) / nFits))
  })

  it("rePo says what is wrong with its input", () => {
    const good = { pModel: Float64Array.of(0.5), annotator: Int32Array.of(0), nAnnotators: 1 }
    assert.throws(() => rePo({ ...good, pModel: Float64Array.of(Number.NaN) }), /found p NaN at label 0/)
    assert.throws(() => rePo({ ...good, pModel: Float64Array.of(1.5) }), RangeError)
    assert.throws(() => rePo({ ...good, annotator: Int32Array.of(1) }), /found annotator 1 at label 0, expected 0 to 0/)
    assert.throws(() => rePo({ ...good, annotator: Int32Array.of(0, 0) }), /2 annotators for 1 labels/)
    assert.throws(() => rePo(good, { initialReliability: 1 }), /initialReliability 1/)
    assert.throws(() => rePo(good, { prior: { a: 0.5, b: 1 } }), /found prior Beta\(0.5, 1\), expected a and b of at/)
  })
})

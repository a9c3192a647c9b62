import { assert, describe, it } from "@effect/vitest"
import { type BenchDraw, benchCleanersDraws, type BenchDrawResult } from "../../src/cli/benchCleanersDraws.ts"

const result = (some: Partial<BenchDrawResult>): BenchDrawResult => ({
  method: "rule",
  treatment: "remove",
  flagged: 10,
  precision: 0.5,
  recall: 0.5,
  auroc: null,
  noiseLeft: 0.1,
  rowsLost: 10,
  noise: null,
  accuracy: 0.7,
  ...some
})

const draw = (methods: ReadonlyArray<BenchDrawResult>, some: Partial<BenchDraw> = {}): BenchDraw => ({
  kind: "uniform",
  rate: 0.2,
  nWrong: 20,
  expectedNoise: 0.2,
  methods,
  leftOut: [],
  ...some
})

const noise = (estimate: number, ci95: readonly [number, number] | null) => ({ estimate, ci95, expected: 0.2 })

describe("benchCleanersDraws", () => {
  it("benchCleanersDraws gives mean and standard deviation of what is known", () => {
    const { scenarios } = benchCleanersDraws([
      draw([result({ accuracy: 0.6, precision: null, auroc: 0.8 })], { nWrong: 10 }),
      draw([result({ accuracy: 0.7, precision: 0.25 })], { nWrong: 20 }),
      draw([result({ accuracy: 0.8, precision: 0.75 })], { nWrong: 30 })
    ])
    assert.strictEqual(scenarios.length, 1)
    assert.deepStrictEqual(scenarios[0]!.nWrong, { mean: 20, sd: 10 })
    const [one] = scenarios[0]!.methods
    assert.deepStrictEqual(one!.accuracy, { mean: 0.7, sd: 0.1 })
    assert.deepStrictEqual(one!.precision, { mean: 0.5, sd: 0.3536 })
    assert.deepStrictEqual(one!.auroc, { mean: 0.8, sd: null })
    assert.strictEqual(one!.nDraws, 3)
    assert.isNull(one!.noiseRate)
  })

  it("benchCleanersDraws counts the intervals that hold the expected share, with an interval of the rate", () => {
    const estimates = [noise(0.25, [0.2, 0.3]), noise(0.3, [0.25, 0.35]), noise(0.15, null), noise(0.2, [0.1, 0.2])]
    const { noiseRates, scenarios } = benchCleanersDraws(estimates.map((one) => draw([result({ noise: one })])))
    const { coverage, error, estimate } = scenarios[0]!.methods[0]!.noiseRate!
    assert.deepStrictEqual([coverage!.nIntervals, coverage!.nCovering, coverage!.rate], [3, 2, 0.6667])
    // Wilson's interval of 2 in 3, by its formula in another form.
    const z = 1.959963984540054 ** 2
    const root = Math.sqrt(z * z + 4 * 2 * z * (1 - 2 / 3))
    assert.closeTo(coverage!.ci95[0], (2 * 2 + z - root) / (2 * (3 + z)), 1e-4)
    assert.closeTo(coverage!.ci95[1], (2 * 2 + z + root) / (2 * (3 + z)), 1e-4)
    assert.strictEqual(estimate.mean, 0.225)
    assert.strictEqual(error.mean, 0.025)
    assert.strictEqual(noiseRates[0]!.rootMeanSquare, 0.0612)
    assert.deepStrictEqual(noiseRates[0]!.coverage, coverage)
  })

  it("benchCleanersDraws counts an estimate once for all treatments, and over all kinds and rates", () => {
    const methods = (estimate: number) => [
      result({ noise: noise(estimate, [0, 1]) }),
      result({ treatment: "flip", noise: noise(estimate, [0, 1]) }),
      result({ method: "silent" })
    ]
    const { noiseRates, scenarios } = benchCleanersDraws([
      draw(methods(0.3)),
      draw(methods(0.1), { rate: 0.3 }),
      draw(methods(0.2), { kind: "byMargin" })
    ])
    assert.deepStrictEqual(
      scenarios.map(({ kind, rate }) => [kind, rate]),
      [
        ["uniform", 0.2],
        ["uniform", 0.3],
        ["byMargin", 0.2]
      ]
    )
    assert.deepStrictEqual(
      scenarios[0]!.methods.map(({ method, treatment }) => [method, treatment]),
      [
        ["rule", "remove"],
        ["rule", "flip"],
        ["silent", "remove"]
      ]
    )
    assert.deepStrictEqual(
      noiseRates.map(({ coverage, error, method }) => [method, error.mean, error.sd, coverage!.nIntervals]),
      [["rule", 0, 0.1, 3]]
    )
  })

  it("benchCleanersDraws says once what was left out, and of how many draws a method speaks", () => {
    const out = { method: "other", reason: "no evidence" }
    const { scenarios } = benchCleanersDraws([
      draw([result({}), result({ method: "other" })]),
      draw([result({})], { leftOut: [out] }),
      draw([result({})], { leftOut: [out] })
    ])
    assert.deepStrictEqual(scenarios[0]!.leftOut, [out])
    assert.deepStrictEqual(
      scenarios[0]!.methods.map(({ method, nDraws }) => [method, nDraws]),
      [
        ["rule", 3],
        ["other", 1]
      ]
    )
  })
})

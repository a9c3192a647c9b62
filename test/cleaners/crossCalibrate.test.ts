import { assert, describe, it } from "@effect/vitest"
import { type CrossCalibrateInput, crossCalibrate } from "../../src/cleaners/crossCalibrate.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { plantLabels } from "./plantLabels.ts"

/** Labels with reliability 0.8; every third one is trusted. The scorer says `factor` times the true margin. */
const planted = (factor: number, nLabels = 20_000, seed: string | number = 1) => {
  const data = plantLabels({ nLabels, marginSd: 2, reliability: [0.8], seed: `calibrate ${seed}` })
  return {
    annotator: data.annotator,
    pTrue: data.pModel,
    input: {
      margin: data.margin.map((m) => factor * m),
      // The order is known to be right or wrong: a label repeats the noise-free order or not.
      correct: Int8Array.from(data.right, (right, i) => (i % 3 === 0 ? right : -1)),
      group: Int32Array.from({ length: nLabels }, (_, i) => i)
    }
  }
}

/** Trusted rows whose recorded order was drawn without a look at the truth, so that sigmoid(margin) is calibrated on them. */
const fair = (factor: number, nRows: number, seed: string | number) => {
  const data = plantLabels({ nLabels: nRows, marginSd: 2, reliability: [0.5], seed: `fair ${seed}` })
  return {
    margin: data.margin.map((m) => factor * m),
    correct: Int8Array.from(data.right),
    group: Int32Array.from({ length: nRows }, (_, i) => i)
  }
}

const calibrate = (input: Omit<CrossCalibrateInput, "method" | "random">, method: "temperature" | "isotonic") =>
  crossCalibrate({ ...input, method, random: keyedRandom("folds") })

describe("crossCalibrate", () => {
  // What a scorer that says factor times the margin makes of a reliability of 0.8.
  const misled = [
    [0.25, 1],
    [0.5, 0.93],
    [0.8, 0.83],
    [1, 0.8],
    [1.25, 0.775],
    [2, 0.735],
    [4, 0.7]
  ] as const
  for (const method of ["temperature", "isotonic"] as const) {
    it(`crossCalibrate by ${method} repairs what a miscalibrated scorer makes of a reliability`, () => {
      for (const [factor, wrong] of misled) {
        const labels = planted(factor)
        const nLabels = labels.input.margin.length
        const trusted = fair(factor, 6000, factor)
        const untouched = rePo({
          pModel: labels.input.margin.map(sigmoid),
          annotator: labels.annotator,
          nAnnotators: 1
        })
        // One data set, four standard errors of 0.005.
        assert.closeTo(untouched.reliability[0]!, wrong, 0.022, `factor ${factor}`)
        const joined = {
          margin: Float64Array.of(...labels.input.margin, ...trusted.margin),
          correct: Int8Array.of(...new Int8Array(nLabels).fill(-1), ...trusted.correct),
          group: Int32Array.of(...labels.input.group, ...trusted.group.map((g) => g + nLabels))
        }
        const { after, before, pModel, temperature } = calibrate(joined, method)
        if (method === "temperature") assert.closeTo(temperature! / factor, 1, 0.1)
        else assert.isNull(temperature)
        const fit = rePo({ pModel: pModel!.slice(0, nLabels), annotator: labels.annotator, nAnnotators: 1 })
        assert.closeTo(fit.reliability[0]!, 0.8, 0.03, `factor ${factor}`)
        assert.isBelow(after!.calibrationError, 0.025)
        if (factor <= 0.5 || factor >= 2) assert.isAbove(before.calibrationError, 2 * after!.calibrationError)
      }
    })
  }

  it("crossCalibrate bends where one temperature cannot", () => {
    // The scorer squashes large margins: no temperature fits, a rising function does.
    const rows = fair(1, 20_000, "bent")
    const bent = { ...rows, margin: rows.margin.map((m) => Math.sign(m) * Math.abs(m) ** 0.2) }
    const byTemperature = calibrate(bent, "temperature").after!.calibrationError
    const byIsotonic = calibrate(bent, "isotonic").after!.calibrationError
    assert.isAbove(byTemperature, 0.03)
    assert.isBelow(byIsotonic, 0.015)
  })

  it("crossCalibrate never lets a row calibrate itself or its group", () => {
    const rows = fair(1, 300, 4)
    const group = rows.group.map((g) => Math.floor(g / 3))
    for (const method of ["temperature", "isotonic"] as const) {
      const before = calibrate({ ...rows, group }, method).pModel!
      for (const i of [0, 100, 299]) {
        const correct = rows.correct.slice()
        correct[i] = 1 - correct[i]!
        const after = calibrate({ ...rows, group, correct }, method).pModel!
        for (let j = 0; j < 300; j++) if (group[j] === group[i]) assert.strictEqual(after[j], before[j], `row ${j}`)
        assert.isTrue(after.some((p, j) => p !== before[j]))
      }
    }
  })

  it("crossCalibrate finds no skill where margins mean nothing, though a fit on the rows themselves would", () => {
    const random = keyedRandom("noise")
    const margin = Float64Array.from({ length: 400 }, () => random() - 0.5)
    const correct = Int8Array.from(margin, () => (random() < 0.5 ? 1 : 0))
    const { after, pModel } = calibrate({ margin, correct, group: Int32Array.from(margin.keys()) }, "isotonic")
    const logLoss = pModel!.reduce((sum, p, i) => sum - Math.log(correct[i] === 1 ? p : 1 - p), 0) / 400
    assert.isAbove(logLoss, Math.log(2) - 0.005)
    assert.isAbove(after!.calibrationError, 0)
  })

  it("crossCalibrate treats the two responses of a row alike", () => {
    const rows = fair(2, 500, 8)
    const turned = {
      margin: rows.margin.map((m, i) => (i % 2 === 0 ? -m : m)),
      correct: rows.correct.map((c, i) => (i % 2 === 0 ? 1 - c : c)),
      group: rows.group
    }
    for (const method of ["temperature", "isotonic"] as const) {
      const p = calibrate(rows, method).pModel!
      const other = calibrate(turned, method).pModel!
      for (let i = 0; i < 500; i++) assert.closeTo(other[i]!, i % 2 === 0 ? 1 - p[i]! : p[i]!, 1e-8)
    }
  })

  it("crossCalibrate keeps isotonic probabilities away from 0 and 1 by a trusted row", () => {
    const margin = Float64Array.from({ length: 50 }, (_, i) => i + 1)
    const { pModel } = calibrate(
      { margin, correct: new Int8Array(50).fill(1), group: Int32Array.from(margin.keys()) },
      "isotonic"
    )
    assert.closeTo(pModel![49]!, 41 / 42, 1e-12)
    assert.isTrue(pModel!.every((p) => p >= 0.5 && p <= 41 / 42 + 1e-12))
  })

  it("crossCalibrate says why there are no probabilities", () => {
    const margin = Float64Array.of(1, 2, -1, 3)
    const group = Int32Array.of(0, 1, 2, 3)
    const none = (correct: Array<number>, method: "temperature" | "isotonic") => {
      const { after, pModel, reason } = calibrate(
        { margin, group, correct: Int8Array.from(correct), nFolds: 2 },
        method
      )
      assert.isNull(pModel)
      assert.isNull(after)
      return reason
    }
    assert.strictEqual(none([-1, -1, -1, -1], "isotonic"), "fewTrusted")
    assert.strictEqual(none([1, -1, -1, -1], "isotonic"), "fewTrusted")
    assert.strictEqual(none([1, 1, 0, 1], "temperature"), "separable")
    assert.strictEqual(none([0, 0, 1, 0], "temperature"), "notPredictive")
  })

  it("crossCalibrate says what is wrong with its input", () => {
    const good = { margin: Float64Array.of(1), correct: Int8Array.of(1), group: Int32Array.of(0) }
    assert.throws(() => calibrate({ ...good, nFolds: 1 }, "isotonic"), /found nFolds 1/)
    assert.throws(() => calibrate({ ...good, correct: Int8Array.of(2) }, "isotonic"), /found correct 2 at row 0/)
    assert.throws(
      () => calibrate({ ...good, margin: Float64Array.of(Infinity) }, "isotonic"),
      /margin Infinity at row 0/
    )
    assert.throws(
      () => calibrate({ ...good, group: new Int32Array(2) }, "isotonic"),
      /1 margins, 1 outcomes and 2 groups/
    )
  })
})

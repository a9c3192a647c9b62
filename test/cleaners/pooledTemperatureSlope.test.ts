import { assert, describe, it } from "@effect/vitest"
import { fitTemperature } from "../../src/cleaners/fitTemperature.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { pooledTemperatureSlope } from "../../src/cleaners/pooledTemperatureSlope.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { temperatureSlope } from "../../src/cleaners/temperatureSlope.ts"
import type { PooledVotes } from "../../src/cleaners/unidentifiedAnnotators.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { plantLabels } from "./plantLabels.ts"
import { plantVotes } from "./plantVotes.ts"

/** The same votes with p as another temperature makes it. */
const at = <V extends PooledVotes>(votes: V, logTemperature: number): V => ({
  ...votes,
  pModel: votes.pModel.map((p) => (p > 0 && p < 1 ? sigmoid(Math.log(p / (1 - p)) / Math.exp(logTemperature)) : p))
})

const fitOf = (votes: PooledVotes) => pooledRePo(votes, { tolerance: 1e-13, maxIterations: 20_000 })

describe("pooledTemperatureSlope", () => {
  it("pooledTemperatureSlope is the slope that refits with another temperature show", () => {
    for (const reliability of [
      [0.9, 0.7],
      [0.85, 0.75, 0.6, 0.9]
    ]) {
      const planted = plantVotes({ nItems: 800, marginSd: 2, reliability, seed: reliability.length })
      // Some items are known, and some votes are missing or ties.
      const votes = {
        ...planted,
        pModel: planted.pModel.map((p, i) => (i < 50 ? Number(planted.truth[i] === 1) : p)),
        side: planted.side.map((side, v) => (v % 7 === 0 ? 0 : side))
      }
      const here = at(votes, 0.1)
      const slope = pooledTemperatureSlope(here, fitOf(here))
      const h = 1e-4
      const [up, down] = [fitOf(at(votes, 0.1 + h)), fitOf(at(votes, 0.1 - h))]
      for (const k of reliability.keys()) {
        assert.closeTo(slope.reliability[k]!, (up.reliability[k]! - down.reliability[k]!) / (2 * h), 1e-5)
      }
      assert.closeTo(slope.noiseRate, (up.noiseRate!.estimate - down.noiseRate!.estimate) / (2 * h), 1e-5)
    }
  })

  it("pooledTemperatureSlope of one vote per item is that of rePo", () => {
    const { annotator, pModel } = plantLabels({ nLabels: 2000, marginSd: 2, reliability: [0.9, 0.7], seed: 3 })
    const alone = rePo({ pModel, annotator, nAnnotators: 2 }, { solver: "newton" })
    const votes = {
      item: Int32Array.from(annotator.keys()),
      annotator,
      side: new Int8Array(2000).fill(1),
      pModel,
      nAnnotators: 2
    }
    const slope = pooledTemperatureSlope(votes, fitOf(votes))
    const expected = temperatureSlope({ pModel, annotator, nAnnotators: 2 }, alone)
    for (const k of [0, 1]) assert.closeTo(slope.reliability[k]!, expected.reliability[k]!, 1e-5)
    assert.closeTo(slope.noiseRate, expected.noiseRate, 1e-5)
  })

  it("pooledTemperatureSlope gives the noise rate the coverage that a fitted temperature costs it", () => {
    const nFits = 300
    let nCovered = 0
    let nWithout = 0
    for (let seed = 0; seed < nFits; seed++) {
      const trusted = plantLabels({ nLabels: 100, marginSd: 2, reliability: [1], seed: `trusted ${seed}` })
      const { standardError, temperature } = fitTemperature({
        margin: trusted.margin,
        correct: new Uint8Array(100).fill(1)
      })
      const planted = plantVotes({ nItems: 4000, marginSd: 2, reliability: [0.85, 0.75], seed })
      const votes = at(planted, Math.log(temperature!))
      const { noiseRate, ...fit } = pooledRePo(votes, { tolerance: 1e-8 })
      const slope = pooledTemperatureSlope(votes, fit).noiseRate
      const error = Math.hypot(noiseRate!.standardError, (slope * standardError!) / temperature!)
      const miss = Math.abs(noiseRate!.estimate - 0.2)
      if (miss <= 1.96 * error) nCovered++
      if (miss <= 1.96 * noiseRate!.standardError) nWithout++
    }
    assert.closeTo(nCovered / nFits, 0.95, 4 * Math.sqrt((0.95 * 0.05) / nFits))
    assert.isBelow(nWithout / nFits, 0.85, `beside ${nCovered / nFits}`)
  })

  it("pooledTemperatureSlope is 0 on the border and NaN where nothing is known", () => {
    const votes = {
      item: Int32Array.of(0, 1, 2),
      annotator: Int32Array.of(0, 0, 1),
      side: Int8Array.of(1, 1, 1),
      pModel: Float64Array.of(0.9, 0.8, 0.5),
      nAnnotators: 2
    }
    const { noiseRate, reliability } = pooledTemperatureSlope(votes, fitOf(votes))
    assert.strictEqual(reliability[0], 0)
    assert.isNaN(reliability[1]!)
    assert.strictEqual(Math.abs(noiseRate), 0)
  })
})

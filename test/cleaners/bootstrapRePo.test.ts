import { assert, describe, it } from "@effect/vitest"
import { bootstrapRePo } from "../../src/cleaners/bootstrapRePo.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { plantLabels } from "./plantLabels.ts"

describe("bootstrapRePo", () => {
  it("bootstrapRePo agrees with the observed information where that holds", () => {
    const data = plantLabels({ nLabels: 4000, marginSd: 2, reliability: [0.9, 0.65], seed: 3 })
    const fit = rePo(data)
    const drawn = bootstrapRePo(data, { random: keyedRandom("bootstrap"), nReplicates: 400 })
    // A standard deviation of 400 draws is known to 3.5 %.
    for (const k of [0, 1]) {
      assert.closeTo(drawn.standardError[k]! / fit.standardError[k]!, 1, 0.15)
      assert.closeTo(drawn.ci95.lower[k]!, fit.ci95.lower[k]!, 0.4 * fit.standardError[k]!)
      assert.closeTo(drawn.ci95.upper[k]!, fit.ci95.upper[k]!, 0.4 * fit.standardError[k]!)
    }
    assert.closeTo(drawn.noiseRate!.standardError / fit.noiseRate!.standardError, 1, 0.15)
    assert.closeTo(drawn.noiseRate!.lower, fit.noiseRate!.lower, 0.4 * fit.noiseRate!.standardError)
  })

  it("bootstrapRePo widens by the root of the copies when it draws whole pairs of copied labels", () => {
    const once = plantLabels({ nLabels: 1500, marginSd: 2, reliability: [0.8], seed: 4 })
    const nCopies = 4
    const copied = {
      pModel: Float64Array.from({ length: 1500 * nCopies }, (_, i) => once.pModel[i % 1500]!),
      annotator: new Int32Array(1500 * nCopies),
      nAnnotators: 1
    }
    const pair = Int32Array.from({ length: 1500 * nCopies }, (_, i) => i % 1500)
    const options = { nReplicates: 400, random: keyedRandom("copies") }
    const byLabel = bootstrapRePo(copied, options).standardError[0]!
    const byPair = bootstrapRePo(copied, { ...options, pair }).standardError[0]!
    assert.closeTo(byPair / byLabel, Math.sqrt(nCopies), 0.3)
    assert.closeTo(byPair / rePo(once).standardError[0]!, 1, 0.15)
  })

  it("bootstrapRePo gives the same answer for the same random numbers", () => {
    const data = plantLabels({ nLabels: 200, marginSd: 2, reliability: [0.8], seed: 1 })
    const run = (key: string) => bootstrapRePo(data, { random: keyedRandom(key), nReplicates: 30 })
    assert.deepStrictEqual(run("a"), run("a"))
    assert.notDeepEqual(run("a"), run("b"))
  })

  it("bootstrapRePo gives no number where nothing can be learned", () => {
    const blind = { pModel: new Float64Array(9).fill(0.5), annotator: new Int32Array(9), nAnnotators: 2 }
    const none = bootstrapRePo(blind, { random: keyedRandom("blind"), nReplicates: 10 })
    assert.isNull(none.noiseRate)
    assert.deepStrictEqual([...none.ci95.lower, ...none.ci95.upper], [0, 0, 1, 1])
    assert.isTrue(none.standardError.every(Number.isNaN))
    const empty = { pModel: new Float64Array(0), annotator: new Int32Array(0), nAnnotators: 1 }
    assert.isNull(bootstrapRePo(empty, { random: keyedRandom("empty"), nReplicates: 5 }).noiseRate)
  })

  it("bootstrapRePo says what is wrong with its input", () => {
    const good = { pModel: Float64Array.of(0.5), annotator: Int32Array.of(0), nAnnotators: 1 }
    const random = keyedRandom("errors")
    assert.throws(() => bootstrapRePo(good, { random, nReplicates: 1 }), /found nReplicates 1/)
    assert.throws(() => bootstrapRePo(good, { random, pair: new Int32Array(2) }), /2 pairs for 1 labels/)
    assert.throws(
      () => bootstrapRePo({ ...good, annotator: Int32Array.of(1) }, { random }),
      /found annotator 1 at label 0/
    )
    assert.throws(() => bootstrapRePo({ ...good, pModel: Float64Array.of(2) }, { random }), /found p 2 at label 0/)
  })
})

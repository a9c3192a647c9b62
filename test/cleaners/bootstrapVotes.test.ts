import { assert, describe, it } from "@effect/vitest"
import { bootstrapVotes } from "../../src/cleaners/bootstrapVotes.ts"
import { dawidSkene } from "../../src/cleaners/dawidSkene.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import type { PooledVotes } from "../../src/cleaners/unidentifiedAnnotators.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { plantVotes } from "./plantVotes.ts"

const reliability = [0.9, 0.8, 0.65]
const votesOf = (seed: number, nItems = 150) => plantVotes({ nItems, marginSd: 1, reliability, seed: `boot ${seed}` })

const bySkene = ({ annotator, item, nAnnotators, pModel, side }: PooledVotes) =>
  dawidSkene({
    item,
    annotator,
    label: Int8Array.from(side, (one) => (one === 1 ? 0 : 1)),
    nItems: pModel.length,
    nAnnotators,
    nClasses: 2
  })

/** A model that knows every truth: the share of votes for side 1. */
const shareOfFirst = ({ annotator, nAnnotators, side }: PooledVotes) => {
  const nLabels = new Int32Array(nAnnotators)
  const right = new Float64Array(nAnnotators)
  for (const [v, k] of annotator.entries()) {
    nLabels[k]!++
    if (side[v] === 1) right[k]!++
  }
  return { nLabels, reliability: right.map((n, k) => n / nLabels[k]!) }
}

describe("bootstrapVotes", () => {
  it("bootstrapVotes gives a share of independent votes its binomial interval", () => {
    const nItems = 400
    const one: PooledVotes = {
      item: Int32Array.from({ length: nItems }, (_, i) => i),
      annotator: new Int32Array(nItems),
      side: Int8Array.from({ length: nItems }, (_, i) => (i % 5 === 0 ? -1 : 1)),
      pModel: new Float64Array(nItems).fill(0.5),
      nAnnotators: 1
    }
    const { ci95, noiseRate } = bootstrapVotes(one, shareOfFirst, { random: keyedRandom("share"), nReplicates: 1000 })
    const half = 1.96 * Math.sqrt((0.8 * 0.2) / nItems)
    assert.closeTo(ci95.lower[0]!, 0.8 - half, 0.006)
    assert.closeTo(ci95.upper[0]!, 0.8 + half, 0.006)
    assert.closeTo(noiseRate!.lower, 1 - ci95.upper[0]!, 1e-12)
    // Three votes on every item that say the same are worth one.
    const copies = Int32Array.from({ length: 3 * nItems }, (_, v) => Math.floor(v / 3))
    const thrice = {
      ...one,
      item: copies,
      annotator: new Int32Array(3 * nItems),
      side: Int8Array.from(copies, (i) => one.side[i]!)
    }
    const same = bootstrapVotes(thrice, shareOfFirst, { random: keyedRandom("share"), nReplicates: 1000 })
    assert.closeTo(same.ci95.lower[0]!, ci95.lower[0]!, 1e-12)
  })

  it("bootstrapVotes holds planted reliabilities in most of many data sets", () => {
    const nSets = 20
    for (const [name, fit] of [
      ["Dawid-Skene", bySkene],
      ["pooled", (votes: PooledVotes) => pooledRePo(votes, { tolerance: 1e-3 })]
    ] as const) {
      let nHeld = 0
      for (let seed = 0; seed < nSets; seed++) {
        const { ci95 } = bootstrapVotes(votesOf(seed), fit, { random: keyedRandom("held", seed), nReplicates: 40 })
        for (const [k, truth] of reliability.entries()) {
          if (ci95.lower[k]! <= truth && truth <= ci95.upper[k]!) nHeld++
        }
      }
      assert.isAtLeast(nHeld / (3 * nSets), 0.8, name)
    }
  })

  it("bootstrapVotes repeats itself, passes over annotators who cannot be judged, and takes no votes", () => {
    const votes = { ...votesOf(1), nAnnotators: 4 }
    const draw = () => bootstrapVotes(votes, pooledRePo, { random: keyedRandom("again"), nReplicates: 5 })
    assert.deepStrictEqual(draw(), draw())
    assert.deepStrictEqual([draw().ci95.lower[3], draw().ci95.upper[3]], [0, 1])
    const [none, no] = [new Int32Array(), new Float64Array()]
    const empty = { item: none, annotator: none, side: new Int8Array(), pModel: no, nAnnotators: 1 }
    assert.isNull(bootstrapVotes(empty, pooledRePo, { random: Math.random, nReplicates: 2 }).noiseRate)
    assert.throws(() => bootstrapVotes(empty, pooledRePo, { random: Math.random, nReplicates: 1 }), /nReplicates 1/)
  })
})

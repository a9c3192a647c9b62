import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import type { PooledVotes } from "../../src/cleaners/unidentifiedAnnotators.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { plantVotes } from "./plantVotes.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

const flat = (nItems: number) => new Float64Array(nItems).fill(0.5)

/** Small and awkward: ties, exact 0, 1/2 and 1 among the p, repeated votes, items and annotators without votes. */
const randomVotes = (seed: number): PooledVotes => {
  const random = keyedRandom("randomVotes", seed)
  const nItems = 1 + Math.floor(random() * 12)
  const nAnnotators = 1 + Math.floor(random() * 5)
  const nVotes = Math.floor(random() * 50)
  return {
    item: Int32Array.from({ length: nVotes }, () => Math.floor(random() * nItems)),
    annotator: Int32Array.from({ length: nVotes }, () => Math.floor(random() * nAnnotators)),
    side: Int8Array.from({ length: nVotes }, () => (random() < 0.1 ? 0 : random() < 0.6 ? 1 : -1)),
    pModel: Float64Array.from({ length: nItems }, () => (random() < 0.3 ? Math.floor(3 * random()) / 2 : random())),
    nAnnotators
  }
}

/** Log-likelihood by summing over both truths of every item, from the model's definition. */
const logLikelihoodOf = ({ annotator, item, pModel, side }: PooledVotes, reliability: ArrayLike<number>): number => {
  const first = Float64Array.from(pModel)
  const second = pModel.map((p) => 1 - p)
  for (let v = 0; v < item.length; v++) {
    const r = reliability[annotator[v]!]!
    if (side[v] === 0) continue
    first[item[v]!]! *= side[v] === 1 ? r : 1 - r
    second[item[v]!]! *= side[v] === 1 ? 1 - r : r
  }
  return first.reduce((sum, value, i) => sum + Math.log(value + second[i]!), 0)
}

describe("pooledRePo", () => {
  it("pooledRePo pools three votes where rePo takes each by itself", () => {
    // p 0.6; annotators of 0.8, 0.7 and 0.55 vote A, A, B.
    const reliability = [0.8, 0.7, 0.55]
    const byHand = (0.6 * 0.8 * 0.7 * 0.45) / (0.6 * 0.8 * 0.7 * 0.45 + 0.4 * 0.2 * 0.3 * 0.55)
    assert.closeTo(byHand, 0.92, 0.0005)
    // Reliabilities are held at these values by twenty thousand votes each on items of known truth.
    const nKnown = 20_000
    const votes = {
      item: Int32Array.of(0, 0, 0, ...Array.from({ length: 3 * nKnown }, (_, v) => 1 + Math.floor(v / 3))),
      annotator: Int32Array.from({ length: 3 + 3 * nKnown }, (_, v) => v % 3),
      side: Int8Array.of(
        1,
        1,
        -1,
        ...Array.from({ length: 3 * nKnown }, (_, v) => (Math.floor(v / 3) / nKnown < reliability[v % 3]! ? 1 : -1))
      ),
      pModel: Float64Array.of(0.6, ...new Float64Array(nKnown).fill(1)),
      nAnnotators: 3
    }
    const pooled = pooledRePo(votes)
    assert.closeTo(pooled.posterior[0]!, byHand, 1e-4)
    assert.closeTo(pooled.labelProb[2]!, 1 - byHand, 1e-4)
    const perRow = rePo({
      pModel: Float64Array.from(votes.item, (i, v) => (votes.side[v] === 1 ? votes.pModel[i]! : 1 - votes.pModel[i]!)),
      annotator: votes.annotator,
      nAnnotators: 3
    })
    for (const [v, expected] of [0.857, 0.778, 0.449].entries()) {
      assert.closeTo(perRow.labelProb[v]!, expected, 0.0006)
    }
  })

  const five = [0.9, 0.8, 0.7, 0.6, 0.55]
  for (const [nItems, tolerance] of [
    [1000, 0.02],
    [5000, 0.01]
  ] as const) {
    it(`pooledRePo recovers five annotators from ${nItems} items without evidence`, () => {
      const misses: Array<number> = []
      let right = 0
      let rightByMajority = 0
      const nFits = 12
      for (let seed = 0; seed < nFits; seed++) {
        const data = plantVotes({ nItems, marginSd: 0, reliability: five, seed })
        const fit = pooledRePo(data)
        assert.isTrue(fit.converged)
        misses.push(...five.map((r, k) => fit.reliability[k]! - r))
        for (let i = 0; i < nItems; i++) {
          if (fit.posterior[i]! > 0.5 === (data.truth[i] === 1)) right += 1 / (nItems * nFits)
          const balance = data.side.subarray(5 * i, 5 * i + 5).reduce((sum, side) => sum + side, 0)
          if (balance > 0 === (data.truth[i] === 1)) rightByMajority += 1 / (nItems * nFits)
        }
      }
      assert.isBelow(Math.sqrt(misses.reduce((sum, miss) => sum + miss ** 2, 0) / misses.length), tolerance)
      // The best any rule does with known reliabilities, by all 32 votes, and the same of the majority.
      let best = 0
      let majority = 0
      for (let bits = 0; bits < 32; bits++) {
        const chance = (isRight: (k: number) => boolean) =>
          five.reduce((product, r, k) => product * (isRight(k) ? r : 1 - r), 1)
        const own = chance((k) => (bits >> k) % 2 === 1)
        best +=
          Math.max(
            own,
            chance((k) => (bits >> k) % 2 === 0)
          ) / 2
        if ([0, 1, 2, 3, 4].filter((k) => (bits >> k) % 2 === 1).length >= 3) majority += own
      }
      assert.closeTo(best, 0.911, 0.006)
      assert.closeTo(majority, 0.861, 0.012)
      const spread = 4 * Math.sqrt((0.9 * 0.1) / (nItems * nFits))
      assert.closeTo(right, best, spread + 0.003)
      assert.closeTo(rightByMajority, majority, spread)
    })
  }

  it("pooledRePo agrees with the closed form for three annotators", () => {
    for (let seed = 0; seed < 8; seed++) {
      const data = plantVotes({ nItems: 1000, marginSd: 0, reliability: [0.85, 0.75, 0.7], seed: `three ${seed}` })
      const c = (j: number, k: number) => {
        let agree = 0
        for (let i = 0; i < 1000; i++) agree += data.side[3 * i + j] === data.side[3 * i + k] ? 1 : 0
        return (2 * agree) / 1000 - 1
      }
      const closed = (j: number, k: number, l: number) => (1 + Math.sqrt((c(j, k) * c(j, l)) / c(k, l))) / 2
      const fit = pooledRePo(data)
      // Three agreements determine three reliabilities: with a flat p both solve the same equations.
      assert.closeTo(fit.reliability[0]!, closed(0, 1, 2), 1e-6)
      assert.closeTo(fit.reliability[1]!, closed(1, 0, 2), 1e-6)
      assert.closeTo(fit.reliability[2]!, closed(2, 0, 1), 1e-6)
      assert.closeTo(fit.reliability[0]!, 0.85, 4 * 0.025)
    }
  })

  it.prop("pooledRePo follows Bayes and never lets the log-likelihood fall", { seed: seedOf }, ({ seed }) => {
    const votes = randomVotes(seed)
    const fit = pooledRePo(votes, { maxIterations: 30 })
    for (let t = 1; t < fit.logLikelihood.length; t++) {
      assert.isAtLeast(fit.logLikelihood[t]!, fit.logLikelihood[t - 1]! - 1e-8, `iteration ${t}`)
    }
    const nVotes = fit.nLabels.reduce((sum, n) => sum + n, 0)
    assert.strictEqual(fit.nTies, votes.side.filter((side) => side === 0).length)
    // With reliabilities on the border a set of certain votes can contradict: then the definition has no logarithm.
    const inside = fit.reliability.map((r) => (Number.isNaN(r) ? 0.8 : Math.min(1 - 1e-10, Math.max(1e-10, r))))
    const expected = logLikelihoodOf(votes, inside)
    if (nVotes > 0) assert.closeTo(fit.logLikelihood.at(-1)! * nVotes, expected, 1e-6 * Math.max(1, Math.abs(expected)))
    for (let i = 0; i < votes.pModel.length; i++) {
      let odds = votes.pModel[i]! / (1 - votes.pModel[i]!)
      for (let v = 0; v < votes.item.length; v++) {
        const r = inside[votes.annotator[v]!]!
        if (votes.item[v] === i) odds *= (r / (1 - r)) ** votes.side[v]!
      }
      const p = odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds)
      assert.closeTo(fit.posterior[i]!, p, 1e-6)
    }
  })

  it("pooledRePo equals rePo when every item has one vote", () => {
    const data = plantVotes({ nItems: 2000, marginSd: 2, reliability: [0.8], seed: 3 })
    const pooled = pooledRePo(data)
    const perRow = rePo({
      pModel: data.pModel.map((p, i) => (data.side[i] === 1 ? p : 1 - p)),
      annotator: data.annotator,
      nAnnotators: 1
    })
    assert.closeTo(pooled.reliability[0]!, perRow.reliability[0]!, 1e-8)
    assert.closeTo(pooled.standardError[0]!, perRow.standardError[0]!, 1e-6)
    for (let i = 0; i < 2000; i++) assert.closeTo(pooled.labelProb[i]!, perRow.labelProb[i]!, 1e-7)
  })

  it("pooledRePo shrinks to a prior and its trace climbs there", () => {
    const data = plantVotes({ nItems: 12, marginSd: 0, reliability: [0.9, 0.8, 0.8], seed: 2 })
    const fit = pooledRePo(data, { prior: { a: 9, b: 3 } })
    for (const r of fit.reliability) assert.isTrue(r > 0.6 && r < 0.95)
    for (let t = 1; t < fit.logLikelihood.length; t++) {
      assert.isAtLeast(fit.logLikelihood[t]!, fit.logLikelihood[t - 1]! - 1e-12)
    }
  })

  it("pooledRePo gives no number where the votes cannot tell", () => {
    const one = { item: Int32Array.of(0, 1, 2), annotator: Int32Array.of(0, 1, 2), side: Int8Array.of(1, 1, -1) }
    const fit = pooledRePo({ ...one, pModel: flat(3), nAnnotators: 3 })
    assert.isTrue(fit.reliability.every(Number.isNaN))
    assert.isNull(fit.noiseRate)
    assert.deepStrictEqual([...fit.ci95.lower, ...fit.ci95.upper], [0, 0, 0, 1, 1, 1])
    const empty = pooledRePo({ ...one, side: new Int8Array(3), pModel: flat(3), nAnnotators: 3 })
    assert.strictEqual(empty.nTies, 3)
    assert.isNull(empty.noiseRate)
    assert.isTrue(empty.labelProb.every(Number.isNaN))
    assert.deepStrictEqual([...empty.posterior], [0.5, 0.5, 0.5])
  })

  it("pooledRePo says what is wrong with its input", () => {
    const good = {
      item: Int32Array.of(0),
      annotator: Int32Array.of(0),
      side: Int8Array.of(1),
      pModel: flat(1),
      nAnnotators: 1
    }
    assert.throws(() => pooledRePo({ ...good, item: Int32Array.of(1) }), /found item 1 at vote 0, expected 0 to 0/)
    assert.throws(() => pooledRePo({ ...good, annotator: Int32Array.of(-1) }), /found annotator -1 at vote 0/)
    assert.throws(() => pooledRePo({ ...good, side: Int8Array.of(2) }), /found side 2 at vote 0/)
    assert.throws(() => pooledRePo({ ...good, side: new Int8Array(2) }), /1 items, 1 annotators and 2 sides/)
    assert.throws(() => pooledRePo({ ...good, pModel: Float64Array.of(-0.1) }), /found p -0.1 of item 0/)
    assert.throws(() => pooledRePo(good, { initialReliability: 0.5 }), /initialReliability 0.5/)
    assert.throws(() => pooledRePo(good, { prior: { a: 0, b: 1 } }), /Beta\(0, 1\)/)
  })
})

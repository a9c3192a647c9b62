import { assert, describe, it } from "@effect/vitest"
import { dawidSkene } from "../../src/cleaners/dawidSkene.ts"
import { majorityVote } from "../../src/cleaners/majorityVote.ts"
import type { Votes } from "../../src/cleaners/Votes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { accuracy, crowdModel, plantVotes, votesOf } from "../contracts/crowdModel.ts"

crowdModel("dawidSkene", (votes) => ({ ...dawidSkene(votes), quality: dawidSkene(votes).reliability }))

const truth = [0.9, 0.8, 0.7, 0.6, 0.55]
const seeds = Array.from({ length: 20 }, (_, seed) => seed)
const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The textbook steps on plain probabilities, without a prior. */
const textbook = ({ annotator, item, label, nAnnotators, nClasses, nItems }: Votes, nSteps: number) => {
  const classes = [...Array(nClasses).keys()]
  const rows = [...item.keys()]
  let q = [...Array(nItems).keys()].map((i) => {
    const own = rows.filter((v) => item[v] === i)
    return classes.map((c) => own.filter((v) => label[v] === c).length / own.length)
  })
  for (let step = 0; step < nSteps; step++) {
    const prior = classes.map((c) => mean(q.map((row) => row[c]!)))
    const confusion = [...Array(nAnnotators).keys()].map((k) =>
      classes.map((c) => {
        const given = classes.map((l) =>
          rows.filter((v) => annotator[v] === k && label[v] === l).reduce((sum, v) => sum + q[item[v]!]![c]!, 0)
        )
        const total = given.reduce((sum, count) => sum + count, 0)
        return given.map((count) => count / total)
      })
    )
    q = q.map((_, i) => {
      const joint = classes.map((c) =>
        rows
          .filter((v) => item[v] === i)
          .reduce((product, v) => product * confusion[annotator[v]!]![c]![label[v]!]!, prior[c]!)
      )
      const total = joint.reduce((sum, p) => sum + p, 0)
      return joint.map((p) => p / total)
    })
  }
  return Float64Array.from(q.flat())
}

describe("dawidSkene", () => {
  it("dawidSkene never lets the likelihood fall from a start that is far off, with or without a prior", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { votes } = plantVotes({ nItems: 40, nClasses: 3, reliability: [0.4, 0.3, 0.5, 0.35], coverage: 0.8, seed })
      for (const priorLabels of [0, 0.5, 20]) {
        const { logLikelihood } = dawidSkene(votes, { priorLabels, tolerance: 0, maxIterations: 300 })
        for (let t = 1; t < logLikelihood.length; t++) {
          assert.isAtLeast(logLikelihood[t]!, logLikelihood[t - 1]! - 1e-9, `seed ${seed} step ${t}`)
        }
      }
    }
  })

  for (const { nItems, within } of [
    { nItems: 1000, within: 0.02 },
    { nItems: 5000, within: 0.01 }
  ]) {
    it(`dawidSkene recovers five annotators from ${nItems} items`, () => {
      const found = seeds.map((seed) => {
        const planted = plantVotes({ nItems, reliability: truth, seed: `${nItems} ${seed}` })
        const fit = dawidSkene(planted.votes)
        const majority = majorityVote(planted.votes).classProb
        return {
          error: fit.reliability.map((r, k) => r - truth[k]!),
          accuracy: accuracy(fit.classProb, planted.truth, 2),
          majority: accuracy(majority, planted.truth, 2)
        }
      })
      for (const k of truth.keys()) {
        assert.closeTo(mean(found.map(({ error }) => error[k]!)), 0, within / 2, `bias of annotator ${k}`)
        assert.isBelow(
          Math.sqrt(mean(found.map(({ error }) => error[k]! ** 2))),
          1.3 * within,
          `error of annotator ${k}`
        )
      }
      // Every pattern of five right or wrong votes, weighed exactly: 0.912 at best and 0.8607 by majority.
      const sampling = 4 * Math.sqrt((0.86 * 0.14) / (nItems * seeds.length))
      assert.closeTo(mean(found.map((fit) => fit.accuracy)), 0.911, sampling)
      assert.closeTo(mean(found.map((fit) => fit.majority)), 0.8607, sampling)
    })
  }

  it("dawidSkene follows the textbook steps", () => {
    const { votes } = plantVotes({ nItems: 60, nClasses: 3, reliability: [0.8, 0.7, 0.6, 0.75], seed: 2 })
    for (const maxIterations of [1, 4]) {
      const { classProb, iterations } = dawidSkene(votes, { priorLabels: 0, maxIterations, tolerance: 0 })
      assert.strictEqual(iterations, maxIterations)
      for (const [j, p] of textbook(votes, maxIterations).entries()) assert.closeTo(classProb[j]!, p, 1e-9)
    }
  })

  it("dawidSkene recovers class prior and confusions that differ by class", () => {
    const random = keyedRandom("confusion")
    const confusion = [
      [0.95, 0.05, 0.4, 0.6],
      [0.6, 0.4, 0.05, 0.95],
      [0.85, 0.15, 0.15, 0.85],
      [0.8, 0.2, 0.3, 0.7]
    ]
    const nItems = 20_000
    const rows: Array<[number, number, number]> = []
    for (let i = 0; i < nItems; i++) {
      const c = random() < 0.7 ? 0 : 1
      for (const [k, table] of confusion.entries()) rows.push([i, k, random() < table[2 * c]! ? 0 : 1])
    }
    const fit = dawidSkene(votesOf(rows, { nItems, nAnnotators: 4, nClasses: 2 }), {
      tolerance: 1e-9,
      maxIterations: 2000
    })
    assert.closeTo(fit.classPrior[0]!, 0.7, 0.03)
    for (const [j, p] of confusion.flat().entries()) assert.closeTo(fit.confusion[j]!, p, 0.03, `entry ${j}`)
    assert.isTrue(fit.converged)
  })

  it("dawidSkene gives the log-likelihood of what it returns", () => {
    const { votes } = plantVotes({ nItems: 200, nClasses: 3, reliability: [0.8, 0.7, 0.6], coverage: 0.8, seed: 3 })
    const { classPrior, confusion, logLikelihood } = dawidSkene(votes, {
      priorLabels: 0,
      tolerance: 1e-13,
      maxIterations: 5000
    })
    let sum = 0
    for (let i = 0; i < votes.nItems; i++) {
      let density = 0
      for (let c = 0; c < 3; c++) {
        let joint = classPrior[c]!
        for (const [v, own] of votes.item.entries()) {
          if (own === i) joint *= confusion[(votes.annotator[v]! * 3 + c) * 3 + votes.label[v]!]!
        }
        density += joint
      }
      sum += Math.log(density)
    }
    assert.closeTo(logLikelihood.at(-1)!, sum / votes.item.length, 1e-7)
  })

  it("dawidSkene keeps who gave one lucky label from being infallible", () => {
    const { votes } = plantVotes({ nItems: 300, reliability: [0.8, 0.75, 0.7], seed: 4 })
    const item = Int32Array.from([...votes.item, 0])
    const annotator = Int32Array.from([...votes.annotator, 3])
    const label = Int8Array.from([...votes.label, votes.label[0]!])
    const data = { ...votes, item, annotator, label, nAnnotators: 4 }
    const largest = (priorLabels: number) => Math.max(...dawidSkene(data, { priorLabels }).confusion.subarray(12))
    assert.isAbove(largest(0), 0.99)
    assert.isBelow(largest(2), 0.95)
  })

  it("dawidSkene handles nothing, unvoted items and silent annotators", () => {
    const none = dawidSkene(votesOf([], { nItems: 0, nAnnotators: 1, nClasses: 2 }))
    assert.strictEqual(none.classProb.length + none.iterations, 0)
    assert.isTrue(none.converged)
    assert.isNaN(none.reliability[0]!)
    const rows = [0, 1, 2].flatMap((i) => [0, 1, 2].map((k) => [i, k, i === 0 ? 1 : 0] as const))
    const fit = dawidSkene(votesOf(rows, { nItems: 4, nAnnotators: 4, nClasses: 2 }))
    assert.deepStrictEqual([...fit.classProb.subarray(6)], [...fit.classPrior])
    assert.isNaN(fit.confusion[12]!)
    assert.deepStrictEqual([...fit.nLabels], [3, 3, 3, 0])
    assert.throws(
      () => dawidSkene(votesOf(rows, { nItems: 4, nAnnotators: 4, nClasses: 2 }), { priorLabels: -1 }),
      /priorLabels -1/
    )
  })
})

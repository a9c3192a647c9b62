import { assert, describe, it } from "@effect/vitest"
import { dawidSkene } from "../../src/cleaners/dawidSkene.ts"
import { oneCoinDawidSkene } from "../../src/cleaners/oneCoinDawidSkene.ts"
import { pairwiseAgreement } from "../../src/cleaners/pairwiseAgreement.ts"
import { accuracy, crowdModel, plantVotes } from "../contracts/crowdModel.ts"

crowdModel("oneCoinDawidSkene", (votes) => {
  const fit = oneCoinDawidSkene(votes)
  return { ...fit, quality: fit.reliability }
})

describe("oneCoinDawidSkene", () => {
  it("oneCoinDawidSkene never lets the likelihood fall from a start that is far off, with or without a prior", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { votes } = plantVotes({ nItems: 40, nClasses: 3, reliability: [0.4, 0.3, 0.5, 0.35], coverage: 0.8, seed })
      for (const priorLabels of [0, 0.5, 20]) {
        const { logLikelihood } = oneCoinDawidSkene(votes, { priorLabels, tolerance: 0, maxIterations: 300 })
        for (let t = 1; t < logLikelihood.length; t++) {
          assert.isAtLeast(logLikelihood[t]!, logLikelihood[t - 1]! - 1e-9, `seed ${seed} step ${t}`)
        }
      }
    }
  })

  it("oneCoinDawidSkene agrees with the closed form for three annotators on balanced items", () => {
    for (const seed of [1, 2, 3, 4]) {
      const { votes } = plantVotes({ nItems: 1000, reliability: [0.9, 0.8, 0.7], seed: `closed ${seed}` })
      const { agreement } = pairwiseAgreement(votes)
      const excess = (j: number, k: number) => 2 * agreement[j * 3 + k]! - 1
      const { reliability } = oneCoinDawidSkene(votes, { priorLabels: 0, tolerance: 1e-10, maxIterations: 5000 })
      for (const [k, j, l] of [
        [0, 1, 2],
        [1, 0, 2],
        [2, 0, 1]
      ] as const) {
        const closed = (1 + Math.sqrt((excess(k, j) * excess(k, l)) / excess(j, l))) / 2
        assert.closeTo(reliability[k]!, closed, 0.025, `annotator ${k} seed ${seed}`)
      }
    }
  })

  it("oneCoinDawidSkene recovers reliabilities of four classes", () => {
    const truth = [0.9, 0.75, 0.6, 0.45, 0.7]
    const { votes } = plantVotes({ nItems: 5000, nClasses: 4, reliability: truth, coverage: 0.8, seed: "four" })
    const { reliability } = oneCoinDawidSkene(votes, { tolerance: 1e-8 })
    for (const [k, r] of truth.entries()) assert.closeTo(reliability[k]!, r, 0.02)
  })

  it("oneCoinDawidSkene beats dawidSkene where annotators have a few labels each", () => {
    const reliability = Array.from({ length: 300 }, (_, k) => 0.5 + (0.45 * k) / 300)
    const { truth, votes } = plantVotes({ nItems: 2000, nClasses: 4, reliability, coverage: 0.012, seed: "few" })
    const simple = accuracy(oneCoinDawidSkene(votes).classProb, truth, 4)
    assert.isAbove(simple, accuracy(dawidSkene(votes, { priorLabels: 0 }).classProb, truth, 4))
  })

  it("oneCoinDawidSkene adds the log odds of votes to those of the classes", () => {
    const { votes } = plantVotes({ nItems: 50, reliability: [0.8, 0.7, 0.6], seed: 8 })
    const { classPrior, classProb, reliability } = oneCoinDawidSkene(votes, { tolerance: 1e-13, maxIterations: 5000 })
    const odds = (p: number) => Math.log(p / (1 - p))
    for (let i = 0; i < 50; i++) {
      let sum = odds(classPrior[0]!)
      for (const [v, own] of votes.item.entries()) {
        if (own === i) sum += (votes.label[v] === 0 ? 1 : -1) * odds(reliability[votes.annotator[v]!]!)
      }
      assert.closeTo(odds(classProb[2 * i]!), sum, 1e-4)
    }
  })

  it("oneCoinDawidSkene gives unvoted items the class prior and silent annotators NaN", () => {
    const { votes } = plantVotes({ nItems: 20, reliability: [0.9, 0.9, 0.9], seed: 9 })
    const { classPrior, classProb, reliability } = oneCoinDawidSkene({ ...votes, nItems: 21, nAnnotators: 4 })
    assert.deepStrictEqual([...classProb.subarray(40)], [...classPrior])
    assert.isNaN(reliability[3]!)
    const none = { ...votes, item: new Int32Array(0), annotator: new Int32Array(0), label: new Int8Array(0) }
    assert.deepStrictEqual([...oneCoinDawidSkene({ ...none, nItems: 0 }).classPrior], [Number.NaN, Number.NaN])
    assert.throws(() => oneCoinDawidSkene(votes, { priorLabels: Number.NaN }), /priorLabels NaN/)
  })
})

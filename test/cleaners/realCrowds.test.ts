import { assert, describe, it } from "@effect/vitest"
import { cohenKappa } from "../../src/cleaners/cohenKappa.ts"
import { consensus } from "../../src/cleaners/consensus.ts"
import { dawidSkene } from "../../src/cleaners/dawidSkene.ts"
import { likeliestClass } from "../../src/cleaners/likeliestClass.ts"
import { oneCoinDawidSkene } from "../../src/cleaners/oneCoinDawidSkene.ts"
import { pairwiseAgreement } from "../../src/cleaners/pairwiseAgreement.ts"
import { autoj, hanna, isThere, llmbar, llmfao, pandalm, type RealCrowd } from "./realCrowds.ts"
import { scoreCrowd, type CrowdScore, type ScoreCrowdOptions } from "./scoreCrowd.ts"
import { trustedConsensus } from "./trustedConsensus.ts"

const scored = (crowd: RealCrowd, options?: ScoreCrowdOptions) => {
  const scores = scoreCrowd(crowd, options)
  return { scores, of: (model: string) => scores.find((score) => score.model === model)! }
}

/** Held-out votes are predicted about as well as by majority vote, or better: no model loses more than `most`. */
const assertNotBelow = (scores: ReadonlyArray<CrowdScore>, most: number) => {
  const majority = scores.find(({ model }) => model === "majority")!
  for (const { annotators, model, votes } of scores) {
    assert.isAtLeast(votes, majority.votes - most, `${model}, held-out votes`)
    assert.isAtLeast(annotators, majority.annotators - most, `${model}, held-out annotators`)
  }
}

/** The consensus that is chosen on other votes than it is scored on, and without gold, loses at most `most` to majority vote. */
const assertConsensus = (scores: ReadonlyArray<CrowdScore>, most = 0) => {
  const [majority, chosen] = ["majority", "consensus"].map((name) => scores.find(({ model }) => model === name)!)
  if (majority!.nGold > 0) assert.isAtLeast(chosen!.gold, majority!.gold - most)
  assert.isAtLeast(chosen!.votes, majority!.votes - most)
  assert.isAtLeast(chosen!.annotators, majority!.annotators - most)
}

describe("real crowds", () => {
  it.skipIf(!isThere("llmfao"))("llmfao: every model predicts held-out votes better than majority vote", () => {
    for (const ties of ["omit", "class"] as const) {
      const { of, scores } = scored(llmfao(ties))
      assertNotBelow(scores, 0)
      assertConsensus(scores)
      for (const model of ["oneCoinDawidSkene", "dawidSkene"]) {
        assert.isAbove(of(model).annotators, of("majority").annotators + 0.01)
      }
    }
  })

  it.skipIf(!isThere("pandalm-testset"))("pandalm: agreement of the three people is what its card says", () => {
    const { votes } = pandalm(false)
    const { agreement, nBoth } = pairwiseAgreement(votes)
    const labels = [0, 1, 2].map((k) => {
      const own = new Int8Array(votes.nItems).fill(-1)
      for (const [v, i] of votes.item.entries()) if (votes.annotator[v] === k) own[i] = votes.label[v]!
      return own
    })
    for (const [a, b, raw, kappa] of [
      [0, 1, 0.9129, 0.852],
      [0, 2, 0.9289, 0.879],
      [1, 2, 0.9179, 0.862]
    ] as const) {
      assert.strictEqual(nBoth[a * 3 + b], 999)
      assert.closeTo(agreement[a * 3 + b]!, raw, 0.00005)
      assert.closeTo(cohenKappa({ first: labels[a]!, second: labels[b]!, nClasses: 3 }).kappa, kappa, 0.0005)
    }
  })

  it.skipIf(!isThere("pandalm-testset"))(
    "pandalm: with two weaker judges, models beat majority vote on held-out people",
    () => {
      const { of, scores } = scored(pandalm(true), { isScored: (annotator) => annotator.startsWith("annotator") })
      assertNotBelow(
        scores.filter(({ model }) => model !== "consensus"),
        0
      )
      assertConsensus(scores)
      assert.isAbove(of("dawidSkene").annotators, of("majority").annotators + 0.03)
    }
  )

  // Reference: figures on the card of the data set, from another implementation with other smoothing.
  const slices = [
    { name: "all", keeps: () => true, majority: 0.625, oneCoin: 0.843, full: 0.833 },
    { name: "natural", keeps: (subset: string) => subset === "Natural", majority: 0.94, oneCoin: 0.95, full: 0.94 },
    {
      name: "adversarial",
      keeps: (subset: string) => subset !== "Natural",
      majority: 0.527,
      oneCoin: 0.85,
      full: 0.859
    }
  ]
  for (const { full, keeps, majority, name, oneCoin } of slices) {
    it.skipIf(!isThere("llmbar"))(
      `llmbar, ${name}: models are as right as published, and more than majority vote`,
      () => {
        const { of, scores } = scored(llmbar(({ subset }) => keeps(subset!)))
        assert.closeTo(of("majority").gold, majority, 0.01)
        assert.closeTo(of("oneCoinDawidSkene").gold, oneCoin, 0.02)
        assert.closeTo(of("dawidSkene").gold, full, 0.02)
        for (const { gold, model } of scores) assert.isAtLeast(gold, of("majority").gold, model)
        if (name === "natural") assertNotBelow(scores, 0.005)
        assertConsensus(scores)
      }
    )
  }

  it.skipIf(!isThere("llmbar"))(
    "llmbar, adversarial: a better consensus predicts fooled judges worse, and so does gold",
    () => {
      const crowd = llmbar(({ subset }) => subset !== "Natural")
      const { of } = scored(crowd)
      const { item, label } = crowd.votes
      const byGold = item.reduce((sum, i, v) => sum + Number(crowd.gold![i] === label[v]), 0) / item.length
      assert.isBelow(byGold, of("majority").annotators - 0.1)
      assert.isBelow(of("dawidSkene").annotators, of("majority").annotators)
      assert.isAbove(of("dawidSkene").annotators, byGold)
    }
  )

  it.skipIf(!isThere("llmbar"))(
    "llmbar without GPT-4: where most judges are below chance, votes alone mislead every model",
    () => {
      const { gold, votes } = llmbar(
        ({ judge_model, subset }) => subset !== "Natural" && !judge_model!.startsWith("GPT-4")
      )
      const accuracy = (classProb: Float64Array) =>
        likeliestClass(classProb, 2).reduce((sum, c, i) => sum + Number(c === gold![i]), 0) / gold!.length
      assert.closeTo(accuracy(oneCoinDawidSkene(votes).classProb), 0.295, 0.035)
      assert.closeTo(accuracy(dawidSkene(votes).classProb), 0.292, 0.035)
    }
  )

  it.skipIf(!isThere("llmbar"))(
    "llmbar: chosen on trusted items, the consensus is right on others where the majority is not",
    () => {
      const adversarial = trustedConsensus(llmbar(({ subset }) => subset !== "Natural"))
      assert.isAbove(adversarial.consensus, adversarial.majority + 0.25)
      const fooled = trustedConsensus(
        llmbar(({ judge_model, subset }) => subset !== "Natural" && !judge_model!.startsWith("GPT-4"))
      )
      assert.isAtLeast(fooled.consensus, fooled.majority)
    }
  )

  it.skipIf(!isThere("hanna"))(
    "hanna: twenty judges of five models gain nothing over majority vote, and lose nothing to speak of",
    () => {
      const { scores } = scored(hanna("judges", "relevance"), { nParts: 2 })
      for (const { gain, gainError, model } of scores) assert.isAtLeast(gain, -2 * gainError, model)
      // Learnt from ten judges alone, models predict the other ten up to half a percent worse than majority vote.
      assertNotBelow(scores, 0.01)
      assertConsensus(scores, 0.001)
    }
  )

  it.skipIf(!isThere("autoj-pairwise"))("autoj-pairwise: with one label per pair every model repeats it", () => {
    const { votes } = autoj()
    assert.strictEqual(votes.nItems, 1392 - 373)
    assert.strictEqual(votes.item.length, votes.nItems)
    const nB = votes.label.reduce((sum, side) => sum + side, 0)
    assert.closeTo(nB, votes.nItems / 2, 2 * Math.sqrt(votes.nItems))
    for (const fit of [dawidSkene, oneCoinDawidSkene]) {
      assert.deepStrictEqual(likeliestClass(fit(votes).classProb, 2), votes.label)
    }
    const { basis, consensus: chosen } = consensus(votes)
    assert.strictEqual(basis, "nothing")
    assert.deepStrictEqual(chosen, votes.label)
  })
})

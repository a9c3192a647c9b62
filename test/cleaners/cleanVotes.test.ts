import { assert, describe, it } from "@effect/vitest"
import { auditVotes } from "../../src/cleaners/auditVotes.ts"
import { type CleanedPairs, cleanVotes, type CleanVotesOptions } from "../../src/cleaners/cleanVotes.ts"
import { estimatePairs } from "../../src/cleaners/estimatePairs.ts"
import { isMissing } from "../../src/cleaners/MissingEvidence.ts"
import { type VoteColumns, VoteTable } from "../../src/cleaners/VoteTable.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

interface Crowd {
  readonly columns: VoteColumns
  /** Per pair, the side that is right. */
  readonly truth: Int8Array
}

interface Plan {
  readonly nPairs: number
  /** Per annotator, how often it is right; all judge all pairs. */
  readonly reliability: ReadonlyArray<number>
  /** Pairs that "gold" judges, rightly, from the first on. */
  readonly nGold?: number
  /** What the score gap is for the right side: this much on average, with a spread of 1. */
  readonly gap?: number
}

const crowd = ({ gap, nGold = 0, nPairs, reliability }: Plan): Crowd => {
  const random = keyedRandom("cleanVotes test", JSON.stringify(reliability))
  const table = new VoteTable()
  const truth = Int8Array.from({ length: nPairs }, () => (random() < 0.5 ? 1 : -1))
  for (const [i, right] of truth.entries()) {
    const score = gap === undefined ? null : right * (gap + random() + random() + random() - 1.5)
    const names = [...reliability.keys()].map((k) => `w${k}`).concat(i < nGold ? ["gold"] : [])
    for (const [k, annotator] of names.entries()) {
      const isRight = annotator === "gold" || random() < reliability[k]!
      table.add({
        pairId: `p${i}`,
        promptId: null,
        firstId: "a",
        secondId: "b",
        annotator,
        verdict: isRight === (right === 1) ? "first" : "second",
        scoreFirst: score,
        scoreSecond: score === null ? null : 0,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
  }
  return { columns: table.columns(), truth }
}

const cleaned = ({ columns }: Crowd, options: CleanVotesOptions = {}): CleanedPairs => {
  const result = cleanVotes({ columns }, options)
  if (isMissing(result)) throw new Error(result.found)
  return result
}

const refusal = ({ columns }: Crowd, options: CleanVotesOptions = {}): string => {
  const result = cleanVotes({ columns }, options)
  if (!isMissing(result)) throw new Error("not refused")
  return `${result.found}; ${result.expected}`
}

/** Share of pairs in the wrong order, as recorded and with flagged ones exchanged. */
const wrong = ({ flagged, side }: CleanedPairs, truth: Int8Array) => ({
  recorded: side.filter((one, g) => one !== truth[g]).length / truth.length,
  flipped: side.filter((one, g) => (flagged[g] === 1 ? -one : one) !== truth[g]).length / truth.length
})

/** Share of wrong orders of whoever knows how reliable every annotator is. */
const oracle = ({ columns: { annotator, item, side }, truth }: Crowd, reliability: ReadonlyArray<number>) => {
  const evidence = new Float64Array(truth.length)
  for (const [v, i] of item.entries()) {
    const r = reliability[annotator[v]!]!
    evidence[i]! += side[v]! * Math.log(r / (1 - r))
  }
  return evidence.filter((sum, i) => Math.sign(sum) !== truth[i]).length / truth.length
}

describe("cleanVotes", () => {
  const uneven = [0.95, 0.7, 0.65, 0.6, 0.55]
  const noisy = crowd({ nPairs: 1500, reliability: uneven })

  it("cleanVotes flips what a good annotator says against most, nearly as well as who knows the reliabilities", () => {
    const best = oracle(noisy, uneven)
    const majority = wrong(cleaned(noisy, { method: "majority" }), noisy.truth)
    assert.strictEqual(majority.flipped, majority.recorded)
    assert.isAbove(majority.recorded, best + 0.08)
    for (const method of ["rePo", "dawidSkene"] as const) {
      const shares = wrong(cleaned(noisy, { method }), noisy.truth)
      assert.strictEqual(shares.recorded, majority.recorded)
      assert.isAtMost(shares.flipped, best + 0.02, method)
    }
    // What consensus cannot show to be better on votes left out it leaves alone.
    assert.isAtMost(wrong(cleaned(noisy, { method: "consensus" }), noisy.truth).flipped, majority.flipped)
    const glad = wrong(cleaned(noisy, { method: "glad" }), noisy.truth)
    assert.isBelow(glad.flipped, majority.recorded - 0.03)
  })

  it("cleanVotes gives the posteriors of the audit, turned to the recorded order", () => {
    const { columns } = noisy
    const { labelProb, pairOfVote, side } = cleaned(noisy)
    const audit = auditVotes(columns)
    for (const [v, p] of audit.labelProb.entries()) {
      const g = pairOfVote[v]!
      assert.closeTo(labelProb[g]!, columns.side[v] === side[g] ? p : 1 - p, 1e-12)
    }
  })

  it("cleanVotes tells probabilities that hold: pairs said to be right in p of the cases are", () => {
    const { labelProb, side } = cleaned(noisy)
    const nRight = side.filter((one, g) => one === noisy.truth[g]).length
    const expected = labelProb.reduce((sum, p) => sum + p, 0)
    // Four standard errors of as many coins with these probabilities, and as much again for the reliabilities being estimates.
    const error = Math.sqrt(labelProb.reduce((sum, p) => sum + p * (1 - p), 0))
    assert.isBelow(Math.abs(nRight - expected), 8 * error)
  })

  it("cleanVotes flags below a threshold, or as many as it is told, the least probable first", () => {
    const strict = cleaned(noisy, { threshold: 0.9 })
    for (const [g, p] of strict.labelProb.entries()) assert.strictEqual(strict.flagged[g], p < 0.9 ? 1 : 0)
    const few = cleaned(noisy, { amount: { budget: 40 } })
    const flagged = [...few.flagged.keys()].filter((g) => few.flagged[g] === 1)
    const left = [...few.flagged.keys()].filter((g) => few.flagged[g] === 0)
    assert.lengthOf(flagged, 40)
    assert.isAtMost(Math.max(...flagged.map((g) => few.labelProb[g]!)), Math.min(...left.map((g) => few.labelProb[g]!)))
    assert.throws(() => cleaned(noisy, { threshold: 1.5 }), /found threshold 1.5/)
  })

  it("cleanVotes breaks ties of an amount by the keys, not by the order of the pairs", () => {
    const { columns } = crowd({ nPairs: 30, reliability: [1, 1, 1] })
    const key = Int32Array.from({ length: 30 }, (_, i) => 100 + ((i * 7) % 30))
    const result = cleanVotes({ columns }, { method: "majority", amount: { budget: 5 }, itemKey: key })
    assert.isFalse(isMissing(result))
    const flagged = [...(result as CleanedPairs).flagged.keys()].filter(
      (g) => (result as CleanedPairs).flagged[g] === 1
    )
    assert.deepStrictEqual(new Set(flagged.map((g) => key[g])), new Set([100, 101, 102, 103, 104]))
  })

  it("cleanVotes settles what trusted annotators judged, with every method, and never flags it", () => {
    const known = crowd({ nPairs: 300, reliability: [0.8, 0.7, 0.7], nGold: 60 })
    for (const method of ["rePo", "majority", "consensus", "dawidSkene", "glad"] as const) {
      const { flagged, labelProb, side } = cleaned(known, { method, trusted: ["gold"], threshold: 0.99 })
      for (let g = 0; g < 60; g++) {
        assert.deepStrictEqual([side[g], labelProb[g], flagged[g]], [known.truth[g], 1, 0], method)
      }
    }
  })

  it("cleanVotes says nothing of a pair with one vote where votes are only counted", () => {
    const { columns } = crowd({ nPairs: 40, reliability: [0.9, 0.9] })
    const single = new VoteTable()
    const vote = {
      promptId: null,
      firstId: "a",
      secondId: "b",
      lengthFirst: null,
      lengthSecond: null,
      sidesRecorded: true
    }
    const scores = { scoreFirst: null, scoreSecond: null }
    single.add({ ...vote, ...scores, pairId: "one", annotator: "ada", verdict: "first" })
    for (const annotator of ["ada", "bram"])
      single.add({ ...vote, ...scores, pairId: "two", annotator, verdict: "first" })
    const result = cleanVotes({ columns: single.columns() }, { method: "majority" }) as CleanedPairs
    assert.deepStrictEqual([...result.labelProb], [Number.NaN, 1])
    assert.isFalse(isMissing(cleanVotes({ columns }, { method: "majority" })))
  })

  it("cleanVotes ranks by score gaps and by gaps of a model, and needs to be told how many", () => {
    const scored = crowd({ nPairs: 400, reliability: [0.8], gap: 2 })
    assert.include(refusal(scored, { method: "rwGap" }), "how many")
    const result = cleaned(scored, { method: "rwGap", amount: { fraction: 0.2 } })
    const { flipped, recorded } = wrong(result, scored.truth)
    assert.strictEqual(result.flagged.filter((flag) => flag === 1).length, 80)
    // Gaps of 2 with a spread of 1 name the right side all but always, so what is left wrong is what exceeds the amount, or falls short.
    assert.closeTo(flipped, Math.abs(recorded - 0.2), 0.011)
    assert.isTrue(result.labelProb.every((p) => Number.isNaN(p)))
    const byModel = cleaned(scored, { method: "textModel", textGap: scored.columns.gap, amount: { fraction: 0.2 } })
    assert.deepStrictEqual(byModel.flagged, result.flagged)
  })

  it("cleanVotes refuses where the evidence is missing", () => {
    const single = crowd({ nPairs: 50, reliability: [0.9] })
    assert.match(refusal(single), /one vote/)
    for (const method of ["majority", "consensus", "dawidSkene", "glad"] as const) {
      assert.match(refusal(single, { method }), /at most one vote on each of 50 pairs; two votes or more/)
    }
    const two = crowd({ nPairs: 50, reliability: [0.9, 0.8] })
    for (const method of ["dawidSkene", "glad"] as const) {
      assert.match(refusal(two, { method }), /2 annotators who judged pairs that others judged too; three/)
    }
    assert.match(refusal(two, { method: "rwGap", amount: { budget: 1 } }), /no pair with scores of both answers/)
    assert.match(
      refusal(two, { method: "textModel", amount: { budget: 1 } }),
      /no pair that a model of the texts scores/
    )
  })

  it("cleanVotes refuses a crowd that known pairs show to be fooled", () => {
    const fooled = crowd({ nPairs: 400, reliability: [0.3, 0.3, 0.3, 0.3], nGold: 100 })
    for (const method of ["rePo", "majority", "consensus", "dawidSkene", "glad"] as const) {
      const result = cleanVotes({ columns: fooled.columns }, { method, trusted: ["gold"] })
      assert.isTrue(isMissing(result), method)
    }
  })
})

describe("estimatePairs", () => {
  it("estimatePairs counts votes for the majority", () => {
    const { columns } = crowd({ nPairs: 20, reliability: [0.7, 0.7, 0.7] })
    const result = estimatePairs(columns, "majority")
    assert.isFalse(isMissing(result))
    if (isMissing(result)) return
    const lead = new Int32Array(20)
    for (const [v, i] of columns.item.entries()) lead[i]! += columns.side[v]!
    for (const [i, p] of result.pBetter.entries()) assert.closeTo(p, (3 + lead[i]!) / 6, 1e-12)
  })
})

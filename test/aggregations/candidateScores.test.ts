import { assert, describe, it } from "@effect/vitest"
import { candidateScores } from "../../src/aggregations/candidateScores.ts"
import { meanRatings } from "../../src/aggregations/meanRatings.ts"
import { pairProbability } from "../../src/aggregations/pairProbability.ts"
import { candidateOf, labelOf, ratingOf, verdictOf } from "../stages/candidates.ts"

const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => candidateOf({ id })) as [
  ReturnType<typeof candidateOf>,
  ReturnType<typeof candidateOf>,
  ReturnType<typeof candidateOf>,
  ReturnType<typeof candidateOf>
]
const all = [a, b, c, d]

/** The label that RE-PO gives for a vote of an annotator of known reliability, when `a` is better with probability `prior`. */
const vote = (annotator: string, betterId: "a" | "b", reliability: number, prior: number) => {
  const pModel = betterId === "a" ? prior : 1 - prior
  const labelProb = (pModel * reliability) / (pModel * reliability + (1 - pModel) * (1 - reliability))
  return labelOf({ annotator, betterId, worseId: betterId === "a" ? "b" : "a", pModel, labelProb })
}

const assertScores = (actual: ReadonlyArray<number | null>, expected: ReadonlyArray<number | null>) => {
  assert.strictEqual(actual.length, expected.length)
  for (const [i, score] of expected.entries()) {
    if (score === null) assert.isNull(actual[i])
    else assert.closeTo(actual[i]!, score, 1e-12, `candidate ${i}`)
  }
}

describe("candidateScores", () => {
  const ratings = [ratingOf("x", "a", 4), ratingOf("y", "a", 6), ratingOf("x", "b", 1), ratingOf("x", "c", null)]
  const verdicts = [
    verdictOf("x", "a", "b", "first"),
    verdictOf("x", "b", "a", "second"),
    verdictOf("x", "a", "c", "tie"),
    verdictOf("y", "c", "a", "first"),
    verdictOf("y", "b", "c", "invalid"),
    verdictOf("y", "c", "b", "refused")
  ]

  it("candidateScores takes the mean rating where nothing was compared", () => {
    assertScores(candidateScores(all, ratings, undefined), [5, 1, null, null])
  })

  it("candidateScores takes wins less losses over comparisons, ties as zero, and leaves what could not be read out", () => {
    assertScores(candidateScores(all, [...ratings, ...verdicts], undefined), [1 / 4, -1, 1 / 2, null])
  })

  it("candidateScores takes the mean expected sign of labels by weight, in the direction after treatment", () => {
    const labels = [
      labelOf({ betterId: "a", worseId: "b", labelProb: 0.9, weight: 0.9 }),
      labelOf({ betterId: "a", worseId: "c", labelProb: 0.75, weight: 0.75 }),
      labelOf({ betterId: "c", worseId: "b", labelProb: 0.2, flagged: true, flipped: true, weight: 1 }),
      labelOf({ betterId: "b", worseId: "a", labelProb: 0.3, flagged: true, weight: 0.3 })
    ]
    const scores = candidateScores(all, [...ratings, ...verdicts], labels)
    assertScores(scores, [(0.8 + 0.5 + 0.4) / 3, (-0.8 - 1 - 0.4) / 3, (-0.5 + 1) / 2, null])
  })

  it("candidateScores is 1 for better than all and -1 for worse where labels count in full", () => {
    const labels = [
      labelOf({ betterId: "a", worseId: "b", labelProb: 0.6, weight: 1 }),
      labelOf({ betterId: "b", worseId: "a", labelProb: 0, weight: 0 })
    ]
    assertScores(candidateScores([b, a], [], labels), [-1, 1])
  })

  it("candidateScores never falls back to ratings once labels exist", () => {
    assertScores(candidateScores(all, [...ratings, ...verdicts], []), [null, null, null, null])
  })

  it("candidateScores keeps the order of the candidates, whatever the order of what was said", () => {
    const judgments = [...ratings, ...verdicts]
    const straight = candidateScores(all, judgments, undefined)
    assertScores(candidateScores(all.toReversed(), judgments.toReversed(), undefined), straight.toReversed())
  })
})

describe("candidateScores of merged judgments", () => {
  const candidates = ["a", "b"].map((id) => candidateOf({ id }))

  it("candidateScores takes the last merge in place of what it was made of, also where it says nothing", () => {
    const raw = [ratingOf("r", "a", 1), ratingOf("r", "b", 9), verdictOf("v", "a", "b", "second")]
    const merges = [
      ratingOf("aggregate:mean", "a", 5),
      ratingOf("aggregate:mean", "b", 4),
      ratingOf("aggregate:min", "a", 2),
      ratingOf("aggregate:min", "b", null)
    ]
    assert.deepStrictEqual(candidateScores(candidates, [...raw, ...merges.slice(0, 2)], undefined), [5, 4])
    assert.deepStrictEqual(candidateScores(candidates, [...raw, ...merges], undefined), [2, null])
    assert.deepStrictEqual(candidateScores(candidates, raw, undefined), [-1, 1])
  })

  it("candidateScores puts labels above a merge", () => {
    const label = labelOf({ betterId: "a", worseId: "b", weight: 1 })
    assert.deepStrictEqual(candidateScores(candidates, [ratingOf("aggregate:mean", "b", 9)], [label]), [1, -1])
  })

  it("meanRatings counts a merged score only by name", () => {
    const judgments = [ratingOf("r", "a", 1), ratingOf("aggregate:mean", "a", 9)]
    assert.strictEqual(meanRatings(judgments).get("a"), 1)
    assert.strictEqual(meanRatings(judgments, ["aggregate:mean"]).get("a"), 9)
  })
})

describe("pairProbability", () => {
  const votes = [vote("k1", "a", 0.8, 0.6), vote("k2", "a", 0.7, 0.6), vote("k3", "b", 0.55, 0.6)]

  it("pairProbability pools three annotators to 0.92 where the rows alone have 0.857, 0.778 and 0.449", () => {
    assert.deepStrictEqual(
      votes.map(({ labelProb }) => labelProb.toFixed(3)),
      ["0.857", "0.778", "0.449"]
    )
    const { nLabels, probability } = pairProbability(votes, "a", "b")
    const odds = (0.6 / 0.4) * (0.8 / 0.2) * (0.7 / 0.3) * (0.45 / 0.55)
    assert.closeTo(probability!, odds / (1 + odds), 1e-12)
    assert.strictEqual(probability!.toFixed(2), "0.92")
    assert.strictEqual(nLabels, 3)
  })

  it("pairProbability is the complement for the opposite order and does not depend on the order of the labels", () => {
    const { probability } = pairProbability(votes, "a", "b")
    assert.closeTo(pairProbability(votes, "b", "a").probability!, 1 - probability!, 1e-12)
    assert.closeTo(pairProbability(votes.toReversed(), "a", "b").probability!, probability!, 1e-12)
  })

  it("pairProbability of one label is that of the label", () => {
    for (const label of votes) {
      const { probability } = pairProbability([label], label.betterId, label.worseId)
      assert.closeTo(probability!, label.labelProb, 1e-12)
    }
  })

  it("pairProbability reads a flipped label as evidence for what was recorded", () => {
    const flipped = votes.map((label) =>
      label.annotator === "k3" ? { ...label, betterId: "a", worseId: "b", flagged: true, flipped: true } : label
    )
    assert.closeTo(
      pairProbability(flipped, "a", "b").probability!,
      pairProbability(votes, "a", "b").probability!,
      1e-12
    )
  })

  it("pairProbability looks at labels about exactly these two, and knows nothing without one", () => {
    const other = [...votes, labelOf({ betterId: "a", worseId: "c" }), labelOf({ betterId: "c", worseId: "b" })]
    assert.deepStrictEqual(pairProbability(other, "a", "b"), pairProbability(votes, "a", "b"))
    assert.deepStrictEqual(pairProbability(other, "b", "d"), { probability: null, nLabels: 0 })
    assert.deepStrictEqual(pairProbability(undefined, "a", "b"), { probability: null, nLabels: 0 })
  })

  it("pairProbability stays a number where labels are certain", () => {
    const certain = [
      labelOf({ betterId: "a", worseId: "b", pModel: 1, labelProb: 1 }),
      labelOf({ betterId: "b", worseId: "a", pModel: 0, labelProb: 0 })
    ]
    const { probability } = pairProbability(certain, "a", "b")
    assert.isAbove(probability!, 0.999)
    assert.isAtMost(probability!, 1)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { opinionsOf } from "../../src/aggregations/Opinion.ts"
import { candidateOf, ratingOf, verdictOf } from "../stages/candidates.ts"

const candidates = ["a", "b"].map((id) => candidateOf({ id }))

describe("Opinion", () => {
  it("Opinion reads ratings as their scores and leaves comparisons aside where there are ratings", () => {
    const read = opinionsOf(candidates, [ratingOf("r", "b", 7), verdictOf("v", "a", "b", "first")])
    assert.deepStrictEqual(read, [{ candidate: 1, annotator: "r", axis: "overall", value: 7 }])
  })

  it("Opinion reads comparisons as points for both, and unreadable ones as nothing", () => {
    const read = opinionsOf(candidates, [
      verdictOf("v", "b", "a", "first"),
      verdictOf("v", "a", "b", "tie"),
      verdictOf("v", "a", "b", "invalid"),
      verdictOf("v", "a", "gone", "first")
    ])
    assert.deepStrictEqual(
      read.map(({ candidate, value }) => [candidate, Math.abs(value) === 0 ? 0 : value]),
      [
        [1, 1],
        [0, -1],
        [0, 0],
        [1, 0]
      ]
    )
  })

  it("Opinion takes the gap of a comparison that has one, in the order shown", () => {
    const read = opinionsOf(candidates, [
      { ...verdictOf("v", "b", "a", "second"), score: -2.5 },
      { ...verdictOf("v", "a", "b", "first"), score: 1.5 }
    ])
    assert.deepStrictEqual(
      read.map(({ candidate, value }) => [candidate, value]),
      [
        [1, -2.5],
        [0, 2.5],
        [0, 1.5],
        [1, -1.5]
      ]
    )
  })

  it("Opinion counts merged scores only where they are asked for by name", () => {
    const judgments = [
      ratingOf("r", "a", 1),
      ratingOf("aggregate:mean", "a", 9),
      { ...ratingOf("r", "a", 5), axis: "x" }
    ]
    const valuesOf = (filter: Parameters<typeof opinionsOf>[2]) =>
      opinionsOf(candidates, judgments, filter).map(({ value }) => value)
    assert.deepStrictEqual(valuesOf({}), [1, 5])
    assert.deepStrictEqual(valuesOf({ axes: ["x"] }), [5])
    assert.deepStrictEqual(valuesOf({ annotators: ["aggregate:mean"] }), [9])
  })
})

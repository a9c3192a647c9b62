import { assert, describe, it } from "@effect/vitest"
import { llmJudge } from "../../src/cleaners/llmJudge.ts"

const nan = Number.NaN

describe("llmJudge", () => {
  const chosen = Float64Array.of(7, 5, 3, nan, 9)
  const rejected = Float64Array.of(7, 4, 8, 2, nan)

  it("llmJudge flags a strictly better rejected response, not a tie and not a missing score", () => {
    const { flagged, score } = llmJudge(chosen, rejected)
    assert.deepStrictEqual([...flagged], [0, 0, 1, 0, 0])
    assert.deepStrictEqual([...score], [0, 1, -5, nan, nan])
  })

  it("llmJudge does not see a constant added to both scores", () => {
    const add = (value: number) => value + 2
    assert.deepStrictEqual(llmJudge(chosen.map(add), rejected.map(add)), llmJudge(chosen, rejected))
  })

  it("llmJudge refuses unequal lengths", () => {
    assert.throws(() => llmJudge(chosen, Float64Array.of(1)), /found 1 entries in "rejectedScore" for 5 rows/)
  })
})

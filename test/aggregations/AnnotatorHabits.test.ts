import { assert, describe, it } from "@effect/vitest"
import { countHabits, type Habits } from "../../src/aggregations/AnnotatorHabits.ts"
import { ratingOf, verdictOf } from "../stages/candidates.ts"

describe("countHabits", () => {
  it("countHabits counts sides, ties, what could not be read, and whether both orders agree", () => {
    const counts = new Map<string, Habits>()
    countHabits(counts, [
      verdictOf("ada", "a", "b", "first"),
      verdictOf("ada", "b", "a", "second"),
      verdictOf("ada", "a", "c", "first"),
      verdictOf("ada", "c", "a", "first"),
      verdictOf("ada", "b", "c", "tie"),
      verdictOf("ada", "c", "b", "invalid"),
      verdictOf("emil", "a", "b", "refused"),
      ratingOf("scorer", "a", 4)
    ])
    assert.deepStrictEqual(Object.fromEntries(counts), {
      ada: { first: 3, second: 1, ties: 1, invalid: 1, bothOrders: 2, agreeing: 1 },
      emil: { first: 0, second: 0, ties: 0, invalid: 1, bothOrders: 0, agreeing: 0 }
    })
  })

  it("countHabits keeps prompts apart and adds them up", () => {
    const counts = new Map<string, Habits>()
    countHabits(counts, [verdictOf("ada", "a", "b", "first")])
    countHabits(counts, [verdictOf("ada", "b", "a", "second")])
    assert.deepStrictEqual(counts.get("ada"), { first: 1, second: 1, ties: 0, invalid: 0, bothOrders: 0, agreeing: 0 })
  })
})

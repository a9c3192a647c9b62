import { assert, describe, it } from "@effect/vitest"
import { recordPairs } from "../../src/cleaners/recordPairs.ts"
import { columnsOf } from "./columnsOf.ts"

describe("recordPairs", () => {
  it("recordPairs takes the order of most votes, and lets the first of these stand for the pair", () => {
    const columns = columnsOf(
      ["p", "ada", "second"],
      ["q", "ada", "second"],
      ["p", "bram", "first"],
      ["p", "chen", "first"],
      // The same answers on the other sides: side A wins.
      ["q", "bram", "second", { firstId: "b", secondId: "a" }]
    )
    const { item, nAgainst, nFor, pairOfVote, side, vote } = recordPairs({ columns })
    assert.deepStrictEqual([...item], [0, 1])
    assert.deepStrictEqual([...side], [1, -1])
    assert.deepStrictEqual([...vote], [2, 1])
    assert.deepStrictEqual([...nFor], [2, 1])
    assert.deepStrictEqual([...nAgainst], [1, 1])
    assert.deepStrictEqual([...pairOfVote], [0, 1, 0, 0, 1])
  })

  it("recordPairs gives no order to a pair of ties, unreadable votes or equal texts, or with more ties than votes for the winner", () => {
    const columns = columnsOf(
      ["tied", "ada", "tie"],
      ["unread", "ada", null],
      ["equal", "ada", "first", { secondId: "a" }],
      ["mostlyTied", "ada", "first"],
      ["mostlyTied", "bram", "tie"],
      ["mostlyTied", "chen", "tie"],
      ["hardly", "ada", "tie"],
      ["hardly", "bram", "second"]
    )
    const { nFor, side, vote } = recordPairs({ columns })
    assert.deepStrictEqual([...side], [0, 0, 0, 0, -1])
    assert.deepStrictEqual([...nFor], [0, 0, 0, 0, 1])
    assert.deepStrictEqual([...vote], [0, 1, 2, 4, 7])
  })

  it("recordPairs believes trusted annotators against most votes, unless they are divided", () => {
    const columns = columnsOf(
      ["p", "ada", "first"],
      ["p", "bram", "first"],
      ["p", "gold", "second"],
      ["q", "gold", "second"],
      ["q", "silver", "first"],
      ["q", "ada", "first"]
    )
    const { isSettled, nAgainst, nFor, side, vote } = recordPairs({ columns }, ["gold", "silver"])
    assert.deepStrictEqual([...side], [-1, 1])
    assert.deepStrictEqual([...isSettled], [1, 0])
    assert.deepStrictEqual([...vote], [2, 4])
    assert.deepStrictEqual([...nFor], [1, 2])
    assert.deepStrictEqual([...nAgainst], [2, 1])
    assert.deepStrictEqual([...recordPairs({ columns }).side], [1, 1])
  })

  it("recordPairs believes a column of truth before anybody, also where no vote agrees", () => {
    const columns = columnsOf(["p", "gold", "first", { truth: "second" }])
    const { isSettled, nAgainst, nFor, side, vote } = recordPairs({ columns }, ["gold"])
    assert.deepStrictEqual([side[0], isSettled[0], vote[0], nFor[0], nAgainst[0]], [-1, 1, 0, 0, 1])
  })

  it("recordPairs keeps the parts of a data set apart", () => {
    const columns = columnsOf(["p", "ada", "first"], ["p", "bram", "second"], ["p", "chen", "second"])
    const { item, part, side } = recordPairs({ columns, part: Int32Array.of(0, 1, 1) })
    assert.deepStrictEqual([...item], [0, 0])
    assert.deepStrictEqual([...part], [0, 1])
    assert.deepStrictEqual([...side], [1, -1])
    assert.throws(() => recordPairs({ columns, part: Int32Array.of(0) }), /found 1 entries in "part" for 3 rows/)
  })
})

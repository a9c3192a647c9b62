import { assert, describe, it } from "@effect/vitest"
import type { Preference } from "../../src/formats/Format.ts"
import { helpsteer } from "../../src/formats/helpsteer.ts"
import { formatContract, pairOf, readRows, refusalOf } from "../contracts/format.ts"

/** The scale of the format is 1, 2 and 3. */
const strong = (record: Preference, random: () => number): Preference => ({
  ...record,
  margin: 1 + Math.floor(3 * random())
})

formatContract({
  format: helpsteer,
  kind: "pair",
  style: "messages",
  fields: ["id", "margin"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  adjust: strong
})

describe("helpsteer", () => {
  it("helpsteer takes a strength below 0 for the first, above 0 for the second and 0 for a tie", () => {
    const rows = [-2, 3, 0].map((overall_preference) => ({
      context: [{ role: "user", content: "q" }],
      response1: "a",
      response2: "b",
      overall_preference,
      individual_preference: [
        { score: -1, reasoning: "" },
        { score: 0, reasoning: "" }
      ]
    }))
    const read = readRows(helpsteer, rows).filter((one) => typeof one === "object")
    assert.deepStrictEqual(
      read.map(({ candidates }) => candidates.map(({ rank }) => rank)),
      [
        [0, 1],
        [1, 0],
        [0, 0]
      ]
    )
    assert.deepStrictEqual(
      read.map(({ margin }) => margin),
      [2, 3, 0]
    )
    assert.deepStrictEqual(read[0]!.votes, [
      { annotator: null, winner: 0 },
      { annotator: null, winner: null }
    ])
  })

  it("helpsteer refuses margins that its scale has no place for", () => {
    assert.strictEqual(refusalOf(helpsteer, pairOf([["user", "q"]], "a", "b", { margin: 0.5 })), "margin out of range")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference } from "../../src/formats/Format.ts"
import { helpsteer } from "../../src/formats/helpsteer.ts"
import { helpsteer2Preference } from "../../src/formats/helpsteer2Preference.ts"
import { formatContract, lookOf, pairOf, readRows, refusalOf } from "../contracts/format.ts"

/** The scale of the format is 1, 2 and 3, and 0 for a tie; who voted is not held. */
const strong = (record: Preference, random: () => number): Preference => {
  const strength = Math.floor(7 * random()) - 3
  return {
    ...record,
    margin: Math.abs(strength),
    candidates: record.candidates.map((one, i) => ({
      ...one,
      rank: strength === 0 || strength > 0 !== (i === 0) ? 0 : 1
    })),
    votes: record.votes.map((vote) => ({ ...vote, annotator: null }))
  }
}

formatContract({
  format: helpsteer2Preference,
  kind: "pair",
  style: "messages",
  fields: ["id", "margin", "votes"],
  keepsExtra: true,
  hasTurns: true,
  adjust: strong
})

/** A row of the shape that the card of the data set shows; made up. */
const row = {
  split: "train",
  prompt: "Define it\n<extra_id_1>Assistant\nWhat?\n<extra_id_1>User\nA signal",
  response_1: "energy",
  response_2: "a message",
  preference_strength: 1,
  preference_statement: "@Response 2 is slightly better",
  preference_elaboration: "It is longer",
  three_most_similar_preferences: [{ statement: "s", elaboration: "e", strength: 1 }],
  all_preferences_unprocessed: [
    { strength: 1, justification: "j" },
    { strength: -2, justification: "k" },
    { strength: 0, justification: "l" },
    { strength: -100, justification: "neither can be rated" }
  ]
}

describe("helpsteer2Preference", () => {
  it("helpsteer2Preference splits the turns, takes all opinions that are on the scale for votes, and keeps the rest", () => {
    const [read] = readRows(helpsteer2Preference, [row])
    if (typeof read !== "object") return assert.fail(String(read))
    assert.deepStrictEqual(
      read.context.map(({ content }) => content),
      ["Define it", "What?", "A signal"]
    )
    assert.deepStrictEqual(
      read.votes.map(({ winner }) => winner),
      [1, 0, null]
    )
    assert.sameMembers(Object.keys(read.extra), [
      "split",
      "preference_statement",
      "preference_elaboration",
      "three_most_similar_preferences",
      "all_preferences_unprocessed"
    ])
  })

  it("helpsteer2Preference takes the opinions that the strength was made of where not all are there", () => {
    const { all_preferences_unprocessed: _, ...less } = row
    const [read] = readRows(helpsteer2Preference, [less])
    assert.deepStrictEqual(typeof read === "object" ? read.votes : null, [{ annotator: null, winner: 1 }])
  })

  it("helpsteer2Preference gives rows back as they were, and writes them as HelpSteer3 with messages", () => {
    const rows = [-3, 0, 2].map((preference_strength) => ({ ...row, preference_strength }))
    const same = convertRows(helpsteer2Preference, helpsteer2Preference, lookOf(rows), rows)
    const newer = convertRows(helpsteer2Preference, helpsteer, lookOf(rows), rows)
    if (isRefusal(same) || isRefusal(newer)) return assert.fail("refused")
    assert.deepStrictEqual(same.rows, rows)
    assert.deepStrictEqual(
      newer.rows.map((one) => one["overall_preference"]),
      [-3, 0, 2]
    )
    assert.strictEqual((newer.rows[0]!["context"] as ReadonlyArray<unknown>).length, 3)
  })

  it("helpsteer2Preference refuses a system turn, which its prompts have no place for", () => {
    const record = pairOf(
      [
        ["system", "s"],
        ["user", "q"]
      ],
      "a",
      "b"
    )
    assert.strictEqual(refusalOf(helpsteer2Preference, record), "no plain text")
    assert.isNull(refusalOf(helpsteer, record))
  })
})

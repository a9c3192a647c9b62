import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference } from "../../src/formats/Format.ts"
import { helpsteer } from "../../src/formats/helpsteer.ts"
import { helpsteer2Preference } from "../../src/formats/helpsteer2Preference.ts"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
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
  format: helpsteer,
  kind: "pair",
  style: "messages",
  fields: ["id", "margin", "votes"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  adjust: strong
})

/** Rows of the shape that the card shows; made up. */
const rows = [-2, 3, 0].map((overall_preference, i) => ({
  domain: "general",
  language: "english",
  context: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "q" }
  ],
  response1: `a${i}`,
  response2: `b${i}`,
  overall_preference,
  individual_preference: [
    { score: -1, reasoning: "r", feedback1: "f", feedback2: "g" },
    { score: 0, reasoning: "", feedback1: "", feedback2: "" },
    { score: 2, reasoning: "", feedback1: "", feedback2: "" }
  ]
}))

describe("helpsteer", () => {
  it("helpsteer takes a strength below 0 for the first, above 0 for the second and 0 for a tie", () => {
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
      { annotator: null, winner: null },
      { annotator: null, winner: 1 }
    ])
    assert.strictEqual(read[0]!.context[0]!.role, "system")
  })

  it("helpsteer gives rows back as they were: places, signs, ties, and what people wrote", () => {
    const converted = convertRows(helpsteer, helpsteer, lookOf(rows), rows)
    if (isRefusal(converted)) return assert.fail(converted.found)
    assert.deepStrictEqual(converted.rows, rows)
    assert.deepStrictEqual(converted.lost, [])
  })

  it("helpsteer counts the ties that it writes, and writes a margin of 1 where there is none", () => {
    const writer = helpsteer.writer({
      kind: "pair",
      style: "text",
      hasToolCalls: false,
      parts: [{ part: "chosen", column: "c" }],
      extra: [],
      unkept: []
    })
    if (isRefusal(writer)) return assert.fail(writer.found)
    const record = pairOf([["user", "q"]], "a", "b")
    const tie = { ...record, candidates: record.candidates.map((one) => ({ ...one, rank: 0 })) }
    const turned = { ...record, candidates: record.candidates.map((one, i) => ({ ...one, rank: 1 - i })) }
    const into: Array<Record<string, unknown>> = []
    for (const one of [record, tie, turned]) assert.isUndefined(writer.write(one, into))
    assert.deepStrictEqual(
      into.map((row) => [row["response1"], row["overall_preference"]]),
      [
        ["a", -1],
        ["a", 0],
        ["a", 1]
      ]
    )
    assert.deepStrictEqual([...writer.remarks!.values()], [1])
  })

  it("helpsteer writes votes without a column of their own as the weakest strength, by the place of what won", () => {
    const votes = [
      { annotator: "w", winner: 1 },
      { annotator: "v", winner: null }
    ]
    const writer = helpsteer.writer({
      kind: "pair",
      style: "text",
      hasToolCalls: false,
      parts: [
        { part: "chosen", column: "c" },
        { part: "votes", column: "v" }
      ],
      extra: [],
      unkept: []
    })
    if (isRefusal(writer)) return assert.fail(writer.found)
    const into: Array<Record<string, unknown>> = []
    writer.write(pairOf([["user", "q"]], "a", "b", { votes }), into)
    assert.deepStrictEqual(into[0]!["individual_preference"], [{ score: 1 }, { score: 0 }])
  })

  it("helpsteer refuses margins that its scale has no place for, and a tie with one", () => {
    const pair = (margin: number, rank: number) => {
      const record = pairOf([["user", "q"]], "a", "b", { margin })
      return { ...record, candidates: [record.candidates[0]!, { ...record.candidates[1]!, rank }] }
    }
    for (const margin of [0.5, 0, -1, 4, Number.MAX_VALUE]) {
      assert.strictEqual(refusalOf(helpsteer, pair(margin, 1)), "margin out of range")
    }
    assert.strictEqual(refusalOf(helpsteer, pair(2, 0)), "margin out of range")
    assert.isNull(refusalOf(helpsteer, pair(0, 0)))
  })

  it("helpsteer refuses a strength that is not of its scale, with the value", () => {
    const bad = [4, -100, 0.5].map((overall_preference) => ({ ...rows[0]!, overall_preference }))
    assert.deepStrictEqual(readRows(helpsteer, bad), ["no strength", "no strength", "no strength"])
  })

  it("helpsteer reads the preferences of HelpSteer2 too, which are recognised under their own name", () => {
    const older = [{ prompt: "p", response_1: "a", response_2: "b", preference_strength: 1, split: "train" }]
    assert.deepStrictEqual(readRows(helpsteer, older), readRows(helpsteer2Preference, older))
    const found = recogniseFormat(lookOf(older))
    assert.strictEqual("format" in found ? found.format.name : found.found, "helpsteer2-preference")
  })
})

import { assert, describe, it } from "@effect/vitest"
import {
  givenLabels,
  inferLabels,
  type LabelHints,
  labelKey,
  mayTellSides,
  readLabel
} from "../../src/formats/LabelReading.ts"

const counts = (values: ReadonlyArray<unknown>) => {
  const seen = new Map<string, number>()
  for (const value of values) seen.set(labelKey(value), (seen.get(labelKey(value)) ?? 0) + 1)
  return seen
}

const reading = (values: ReadonlyArray<unknown>, hints: LabelHints = {}) => {
  const found = inferLabels(counts(values), hints)
  if ("why" in found) throw new Error(found.why)
  return found
}

const why = (values: ReadonlyArray<unknown>, hints: LabelHints = {}) => {
  const found = inferLabels(counts(values), hints)
  return "why" in found ? found.why : "a reading was found"
}

describe("LabelReading", () => {
  it.each([
    [[1, 2]],
    [["1", "2", "tie"]],
    [[1.0, "2.0", "Tie"]],
    [["A", "B", "TIE"]],
    [["[[A]]", "[[B]]", "[[C]]"]],
    [["left", "right", "tie"]],
    [["first", "second", "equal"]],
    [["model_a", "model_b", "tie (bothbad)"]],
    [["Response 1", "Response 2", "both"]],
    [["response_0", "response_1", "neither"]],
    [["A>B", "B>A", "A=B"]],
    [["chosen", "rejected", "tie"]]
  ])("LabelReading reads %j as first, second and tie", (values: ReadonlyArray<unknown>) => {
    const found = reading(values)
    const verdicts = (["first", "second", "tie"] as const).slice(0, values.length)
    assert.deepStrictEqual(
      values.map((value) => readLabel(found, value)),
      verdicts
    )
  })

  it.each([
    ["first and second", ["first", "second"], true],
    ["0 and 1", [0, 1, null], true],
    ["chosen, rejected and few others", ["chosen", "rejected", "chosen", "chosen", "?"], true],
    ["true and false", [true, false], true],
    ["strengths of both signs", [-3, 1, 2], true],
    ["1, 2 and 0", [1, 2, 0], true],
    ["the second alone", ["b", "b"], true],
    ["the first alone", ["first", "first"], false],
    ["one number alone", [1, 1], false],
    ["strengths", [1, 2, 3, 1, 2, 1, 2], false],
    ["classes", ["help", "harm", "a"], false],
    ["nothing", [null, ""], false]
  ])("LabelReading says whether %s may tell sides", (_, values: ReadonlyArray<unknown>, expected) => {
    assert.strictEqual(mayTellSides(counts(values)), expected)
  })

  it("LabelReading takes the order of words from the words, not from the rows", () => {
    const found = reading(["B", "tie", "A"])
    assert.strictEqual(readLabel(found, "a"), "first")
    assert.strictEqual(readLabel(found, " B "), "second")
  })

  it("LabelReading gives no verdict for values that say nothing, and names them", () => {
    const found = reading(["1", "2", "1", "2", "1", "2", "garbage", null])
    assert.isNull(readLabel(found, "garbage"))
    assert.isNull(readLabel(found, null))
    assert.include(found.words, 'without verdict: "garbage" (1)')
    assert.strictEqual(why(["1", "2", "bad", "worse"]), "2 of 4 have no verdict")
  })

  it.each([
    [[0, 1], "0 and 1 may number the sides, or say whether the first is better"],
    [[0, 1, 2], "0 may be the first or a tie"],
    [[1], "they are no words for two sides"],
    [[true, false], "they are no words for two sides"],
    [["A", "B", "left"], "they are words for more than two sides"],
    [["anna", "bert"], "they are no words for two sides"],
    [[-2, -1, 0, 1, 2], "0 may be the first or a tie"],
    [[null, ""], "there are no values"]
  ])("LabelReading refuses %j", (values: ReadonlyArray<unknown>, expected) => {
    assert.strictEqual(why(values), expected)
  })

  it("LabelReading takes from the names of columns what values leave open", () => {
    assert.strictEqual(readLabel(reading([0, 1], { fromZero: true }), 0), "first")
    assert.strictEqual(why([1, 2], { fromZero: true }), "the columns number the sides from 0")
    const chosen = reading([0, 1], { firstIsChosen: true })
    assert.strictEqual(readLabel(chosen, 1), "first")
    assert.strictEqual(readLabel(chosen, 0), "second")
    assert.strictEqual(readLabel(reading([true], { firstIsChosen: true }), false), "second")
    assert.strictEqual(readLabel(reading([1, 2], { firstIsChosen: true }), 2), "second")
  })

  it("LabelReading holds a known format against the values", () => {
    const hints = { values: { "0": "first", "1": "second", "2": "tie" }, source: "Auto-J" } as const
    assert.strictEqual(readLabel(reading([0, 1, 2], hints), 2), "tie")
    assert.strictEqual(why([1, 2], hints), 'Auto-J has "0" and "1" for the two sides')
    assert.strictEqual(readLabel(reading(["a", "b"], hints), "b"), "second")
  })

  it("LabelReading reads strengths by their sign", () => {
    const found = reading([-3, 0, 2], { firstSign: -1, source: "HelpSteer" })
    assert.deepStrictEqual(
      [-3, "-1", 0, 2, "x", null].map((value) => readLabel(found, value)),
      ["first", "first", "tie", "second", null, null]
    )
    const other = givenLabels(">0,<0,0")!
    assert.strictEqual(readLabel(other, 0.5), "first")
    assert.strictEqual(readLabel(other, -1), "second")
  })

  it("LabelReading takes a reading as given", () => {
    const found = givenLabels("2, 1, 0")!
    assert.deepStrictEqual(
      [1, 2, 0, 3].map((value) => readLabel(found, value)),
      ["second", "first", "tie", null]
    )
    for (const text of ["1", "1,1", "1,2,3,4", "1,,2", "<0,0", ">0,<0,tie"]) assert.isUndefined(givenLabels(text), text)
  })
})

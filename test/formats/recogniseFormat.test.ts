import { assert, describe, it } from "@effect/vitest"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
import { lookOf } from "../contracts/format.ts"

const recognise = (...rows: ReadonlyArray<Record<string, unknown>>) => recogniseFormat(lookOf(rows))
const transcript = "\n\nHuman: a\n\nAssistant: b"

describe("recogniseFormat", () => {
  it("recogniseFormat says what decided and what else would fit", () => {
    const found = recognise({ prompt: "p", chosen: "a", rejected: "b" })
    assert.isTrue("format" in found)
    if (!("format" in found)) return
    assert.strictEqual(found.format.name, "trl-preference")
    assert.include(found.said, `"prompt" holds text`)
    assert.include(found.said, "openrlhf would fit too")
  })

  it("recogniseFormat looks at all rows it gets: one text that is no transcript leaves texts with the prompt inside", () => {
    const row = { chosen: transcript, rejected: transcript }
    const all = recognise(row, row)
    const some = recognise(row, { ...row, rejected: "plain" })
    assert.strictEqual("format" in all ? all.format.name : "", "hh-rlhf")
    assert.strictEqual("format" in some ? some.format.name : "", "trl-preference-implicit")
  })

  it("recogniseFormat takes neither of two formats that explain as much, and names both", () => {
    const found = recognise({
      instruction: "q",
      chosen: "a",
      rejected: "b",
      prompt: "q"
    })
    assert.isFalse("format" in found)
    if ("format" in found) return
    assert.deepStrictEqual([...found.fitting].toSorted(), ["llamafactory-alpaca", "openrlhf", "trl-preference"])
  })

  it("recogniseFormat knows no format for unknown columns, replies without order, and a text prompt beside text replies of a list", () => {
    for (const row of [
      { x: 1 },
      { prompt: "p", response_1: "a", response_2: "b" },
      { prompt: 5, chosen: "a", rejected: "b" }
    ]) {
      const found = recognise(row)
      assert.isFalse("format" in found, JSON.stringify(row))
      if (!("format" in found)) assert.deepStrictEqual(found.fitting, [])
    }
  })

  it("recogniseFormat says what keeps an Argilla export from being read, and nothing of the kind of other files", () => {
    const rated = {
      prompt: "p",
      response: "r",
      "rating.responses": [1, 4],
      "rating.responses.status": ["submitted", "submitted"]
    }
    const found = recognise({ ...rated, "rating.responses.users": ["u", "v"] })
    if ("format" in found) return assert.fail(found.said)
    assert.match(found.found, /^the columns "prompt", .*"rating" is rated from 1 to .*; argilla takes one question/)
    const other = recognise({ prompt: "p", response: "r", rating: 4 })
    assert.isTrue("found" in other && !other.found.includes("rgilla"))
  })

  it("recogniseFormat names the votes that stand beside chosen and rejected replies", () => {
    const pair = { prompt: "p", chosen: "a", rejected: "b" }
    const said = (row: Record<string, unknown>) => {
      const found = recognise(row)
      return "format" in found ? `${found.format.name}: ${found.said}` : assert.fail(found.found)
    }
    assert.match(
      said({ ...pair, response_a: "b", response_b: "a", winner: "b" }),
      /^trl-preference: .*; openrlhf, votes \(--from votes --chosen response_a --rejected response_b --label winner\) would fit too$/
    )
    for (const more of [
      { response_a: "b", response_b: "a" },
      { winner: "b" },
      // Names of models are no texts to train on.
      { model_a: "m", model_b: "n", winner: "model_a" }
    ]) {
      assert.match(said({ ...pair, ...more }), /; openrlhf would fit too$/)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { normaliseAnswer } from "../../src/math/normaliseAnswer.ts"

describe("normaliseAnswer", () => {
  it("normaliseAnswer leaves the words alone that matter", () => {
    for (const [text, expected] of [
      ["  The  Cat, sat!", "cat sat"],
      ["A theme an Anthem", "theme anthem"],
      ["Cafe\u0301 \u00ab\u00e9lite\u00bb", "caf\u00e9 \u00e9lite"],
      ["3.5", "35"],
      ["\u00a1Ol\u00e9! $5", "ol\u00e9 5"]
    ] as const) {
      assert.strictEqual(normaliseAnswer(text), expected)
    }
  })

  it("normaliseAnswer changes nothing the second time", () => {
    const once = normaliseAnswer("The, A-list of the AN answers.")
    assert.strictEqual(normaliseAnswer(once), once)
  })
})

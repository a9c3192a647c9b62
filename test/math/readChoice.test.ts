import { assert, describe, it } from "@effect/vitest"
import { readChoice } from "../../src/math/readChoice.ts"

const cases: ReadonlyArray<readonly [string, string | null]> = [
  ["B", "B"],
  ["b.", "B"],
  ["(c)", "C"],
  ["A) Paris", "A"],
  ["The answer is (d).", "D"],
  ["**Answer:** C", "C"],
  ["First A looks right. But the answer is B", "B"],
  ["\\boxed{\\text{(E)}}", "E"],
  ["Reasoning about a thing.\n\nD", "D"],
  ["A cat sat on the mat.", null],
  ["The answer is a cat", null],
  ["It could be A or B", null],
  ["A\nB", null],
  ["The answer is Absurd", null],
  ["F", null],
  ["", null]
]

describe("readChoice", () => {
  for (const [text, expected] of cases) {
    it(`readChoice finds ${expected} in ${JSON.stringify(text)}`, () => {
      assert.strictEqual(readChoice(text), expected)
    })
  }

  it("readChoice takes the letters it is told", () => {
    assert.strictEqual(readChoice("F", "EFG"), "F")
    assert.strictEqual(readChoice("The answer is 2", "12"), "2")
  })
})

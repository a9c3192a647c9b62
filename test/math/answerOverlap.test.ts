import { assert, describe, it } from "@effect/vitest"
import { answerOverlap } from "../../src/math/answerOverlap.ts"

describe("answerOverlap", () => {
  it("answerOverlap finds answers equal that differ in case, articles and punctuation alone", () => {
    assert.deepStrictEqual(answerOverlap("The Eiffel  Tower.", "eiffel tower"), { exact: 1, contained: 1, f1: 1 })
  })

  it("answerOverlap counts common words with their repeats, the same in both directions", () => {
    // Two of three words and two of four are common.
    const { contained, exact, f1 } = answerOverlap("new york city", "big new york state")
    assert.deepStrictEqual([exact, contained], [0, 0])
    const [precision, recall] = [2 / 3, 2 / 4]
    assert.approximately(f1, (2 * precision * recall) / (precision + recall), 1e-12)
    assert.strictEqual(answerOverlap("big new york state", "new york city").f1, f1)
    // "no no" and "no" have one word in common, not two.
    assert.approximately(answerOverlap("no no", "no").f1, 2 / 3, 1e-12)
  })

  it("answerOverlap finds a reference inside only as whole words in a row", () => {
    assert.strictEqual(answerOverlap("it was in new york then", "New York").contained, 1)
    assert.strictEqual(answerOverlap("york is new", "New York").contained, 0)
    assert.strictEqual(answerOverlap("cartoon", "car").contained, 0)
  })

  it("answerOverlap is all or nothing without words", () => {
    assert.strictEqual(answerOverlap("!", "?").exact, 1)
    assert.deepStrictEqual(answerOverlap("", "x"), { exact: 0, contained: 0, f1: 0 })
  })
})

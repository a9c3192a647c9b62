import { assert, describe, it } from "@effect/vitest"
import * as Sign from "../../src/math/Sign.ts"

const bits = {
  spoken: Sign.spoken,
  letter: Sign.letter,
  digit: Sign.digit,
  mark: Sign.mark,
  apart: Sign.apart,
  word: Sign.word,
  space: Sign.space,
  apostrophe: Sign.apostrophe,
  point: Sign.point,
  pair: Sign.pair
}

/** The names of the bits that are set for the sign at an index. */
const namesAt = (text: string, index = 0) =>
  Object.entries(bits)
    .filter(([, bit]) => (Sign.at(text, index) & bit) !== 0)
    .map(([name]) => name)

describe("Sign", () => {
  it("Sign.at tells letters, digits, marks and signs apart, the first time and again", () => {
    for (let time = 0; time < 2; time++) {
      assert.deepStrictEqual(namesAt("a"), ["spoken", "letter", "word"])
      assert.deepStrictEqual(namesAt("\u00df"), ["spoken", "letter", "word"])
      assert.deepStrictEqual(namesAt("7"), ["spoken", "digit", "word"])
      assert.deepStrictEqual(namesAt("\u0301"), ["mark", "word"])
      assert.deepStrictEqual(namesAt("\u00a0"), ["space"])
      assert.deepStrictEqual(namesAt("\n"), ["space"])
      assert.deepStrictEqual(namesAt("\u2019"), ["apostrophe"])
      assert.deepStrictEqual(namesAt(","), ["point"])
      assert.deepStrictEqual(namesAt("-"), [])
      assert.deepStrictEqual(namesAt("\u597d"), ["spoken", "letter", "apart"])
      // A vowel sign and a full stop of Thai.
      assert.deepStrictEqual(namesAt("\u0e31"), ["mark", "apart"])
      assert.deepStrictEqual(namesAt("\u0e4f"), ["apart"])
    }
  })

  it("Sign.at reads pairs of units as one sign, and halves of them as signs of their own", () => {
    assert.deepStrictEqual(namesAt("\u{1d49c}"), ["spoken", "letter", "word", "pair"])
    assert.deepStrictEqual(namesAt("\u{20000}"), ["spoken", "letter", "apart", "pair"])
    assert.deepStrictEqual(namesAt("\u{1f600}"), ["pair"])
    assert.deepStrictEqual(namesAt("\u{1d49c}", 1), [])
    assert.deepStrictEqual(namesAt("\ud835"), [])
    assert.deepStrictEqual(namesAt("\u{1d49c}"), ["spoken", "letter", "word", "pair"])
  })

  it("Sign.joins looks at what stands on both sides", () => {
    const joinsAt = (text: string, index: number) => Sign.joins(text, index, Sign.at(text, index))
    assert.isTrue(joinsAt("don't", 3))
    assert.isTrue(joinsAt("\u{1d49c}\u2019\u{1d49c}", 2))
    assert.isTrue(joinsAt("3.50", 1))
    for (const [text, index] of [
      ["don3't", 4],
      ["'tis", 0],
      ["dogs'", 4],
      ["a.b", 1],
      ["3.", 1],
      ["3'4", 1],
      ["abc", 1]
    ] as const) {
      assert.isFalse(joinsAt(text, index), text)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { hedgeShare } from "../../src/segments/hedgeShare.ts"
import { peakEntropy } from "../../src/segments/peakEntropy.ts"
import { spliceText } from "../../src/segments/spliceText.ts"
import { tokenEnds } from "../../src/segments/tokenEnds.ts"
import { tokenEntropy } from "../../src/segments/tokenEntropy.ts"

describe("hedgeShare", () => {
  it("hedgeShare counts hedging words among all words", () => {
    assert.strictEqual(hedgeShare(["Maybe", "it", "is", "perhaps"]), 2 / 4)
    assert.strictEqual(hedgeShare(["It", "is"]), 0)
    assert.isNull(hedgeShare([]))
  })
})

describe("tokenEntropy", () => {
  it("tokenEntropy of equal chances is the logarithm of their number", () => {
    assert.approximately(tokenEntropy(Array.from({ length: 4 }, () => Math.log(1 / 4))), Math.log(4), 1e-12)
    assert.strictEqual(tokenEntropy([0]), 0)
    assert.strictEqual(tokenEntropy([]), 0)
  })

  it("tokenEntropy takes what is not listed as one outcome, and so never exceeds the true one", () => {
    // A half, and two quarters of which none is listed: as if the half that is left were one outcome.
    assert.approximately(tokenEntropy([Math.log(1 / 2)]), Math.LN2, 1e-12)
    const chances = [0.4, 0.3, 0.2, 0.07, 0.03]
    const whole = -chances.reduce((sum, p) => sum + p * Math.log(p), 0)
    for (let n = 1; n <= 3; n++) {
      assert.isBelow(tokenEntropy(chances.slice(0, n).map(Math.log)), whole)
    }
    assert.approximately(tokenEntropy(chances.slice(0, 4).map(Math.log)), whole, 1e-9)
    assert.strictEqual(tokenEntropy([0, Number.NEGATIVE_INFINITY]), 0)
  })
})

describe("peakEntropy", () => {
  it("peakEntropy finds the opening of highest mean, the shorter one among equals", () => {
    assert.deepStrictEqual(peakEntropy([1, 1, 4, 0], [2, 3]), { nats: 2, nTokens: 3 })
    assert.deepStrictEqual(peakEntropy([1, 1, 1], [3, 2]), { nats: 1, nTokens: 2 })
    assert.deepStrictEqual(peakEntropy([2, 4]), { nats: 3, nTokens: 2 })
    assert.isNull(peakEntropy([]))
  })
})

describe("tokenEnds", () => {
  it("tokenEnds finds where tokens end, an end mark and cut white space aside", () => {
    assert.deepStrictEqual(tokenEnds("a bc", ["a", " ", "bc"]), [1, 2, 4])
    assert.deepStrictEqual(tokenEnds("a b", ["a", " b", "<|end|>"]), [1, 3])
    assert.deepStrictEqual(tokenEnds("a b", [" ", " a", " b"]), [0, 1, 3])
    assert.isNull(tokenEnds("a b", ["a", "c"]))
    assert.isNull(tokenEnds("a b", ["a"]))
  })
})

describe("spliceText", () => {
  it("spliceText puts a text in, replaces, and takes several ranges out", () => {
    assert.deepStrictEqual(spliceText("abcd", [{ start: 1, end: 1 }], "XY"), { text: "aXYbcd", start: 1, end: 3 })
    assert.deepStrictEqual(spliceText("abcd", [{ start: 1, end: 3 }], "X"), { text: "aXd", start: 1, end: 2 })
    const both = [
      { start: 0, end: 1 },
      { start: 2, end: 3 }
    ]
    assert.strictEqual(spliceText("abcd", both, "")!.text, "bd")
    assert.strictEqual(spliceText("abcd", both, "X")!.text, "Xbd")
  })

  it("spliceText refuses ranges out of order, out of the text, or none", () => {
    const wrong = [
      [],
      [{ start: 2, end: 1 }],
      [{ start: 0, end: 5 }],
      [{ start: -1, end: 1 }],
      [{ start: 0.5, end: 1 }]
    ]
    for (const ranges of wrong) assert.isNull(spliceText("abcd", ranges, "X"))
    assert.isNull(
      spliceText(
        "abcd",
        [
          { start: 0, end: 2 },
          { start: 1, end: 3 }
        ],
        ""
      )
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { pieceEnd } from "../../src/math/pieceEnd.ts"
import { splitWords } from "../../src/math/splitWords.ts"

const piecesOf = (text: string) => {
  const pieces: Array<string> = []
  for (let from = 0; from < text.length; from += pieces.at(-1)!.length)
    pieces.push(text.slice(from, pieceEnd(text, from)))
  return pieces
}

describe("pieceEnd", () => {
  it("pieceEnd goes from word to word", () => {
    assert.deepStrictEqual(piecesOf("I don't  pay 3.50!"), ["I", " ", "don't", "  ", "pay", " ", "3.50", "!"])
    assert.strictEqual(pieceEnd("one two", 4), 7)
  })

  it("pieceEnd ends pieces where splitWords does, whatever signs meet", () => {
    const alphabet = "aZ09'., _\n-\u00fc\u2019\u4e2d\u306e\u0e01\u0e31\u0301\u00a0\ufeff\u0663\ude00\ud83d".split("")
    const wide = ["\u{1f600}", "\u{1d49c}", "\u{20000}", "\u{1d7d9}"]
    const random = keyedRandom("pieceEnd")
    for (let run = 0; run < 3000; run++) {
      const signs = run % 2 === 0 ? alphabet : [...alphabet, ...wide]
      const text = Array.from({ length: 12 }, () => signs[Math.floor(random() * signs.length)]!).join("")
      assert.deepStrictEqual(piecesOf(text), splitWords(text), JSON.stringify(text))
    }
  })

  it.prop("pieceEnd ends pieces where splitWords does in any text", { text: Schema.String }, ({ text }) => {
    assert.deepStrictEqual(piecesOf(text), splitWords(text))
  })
})

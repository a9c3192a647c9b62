import { assert, describe, it } from "@effect/vitest"
import { countWords } from "../../src/math/countWords.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { splitWords } from "../../src/math/splitWords.ts"

const bySplitting = (text: string) => splitWords(text).filter((piece) => /[\p{L}\p{N}]/u.test(piece)).length

describe("countWords", () => {
  it("countWords counts words, not signs", () => {
    assert.strictEqual(countWords("I don't  pay 3.50, ok?\n"), 5)
    assert.strictEqual(countWords("'tis 1,2,x it's' ... --"), 4)
    assert.strictEqual(countWords("caf\u00e9 很好"), 3)
    assert.strictEqual(countWords(""), 0)
  })

  it("countWords counts as splitWords cuts, whatever signs meet", () => {
    const ascii = ["a", "Z", "0", "9", "'", ".", ",", " ", "_", "\n", "-"]
    const other = ["\u00fc", "\u2019", "\u0301", "\u4e2d", "\u0e31", "\u0e4f", "\ud83d", "\u{1d49c}", "\u{20000}"]
    const alphabet = [...ascii, ...other]
    const random = keyedRandom("countWords", 1)
    for (let run = 0; run < 3000; run++) {
      // Half of the texts are ASCII alone.
      const nSigns = run % 2 === 0 ? ascii.length : alphabet.length
      const text = Array.from({ length: 12 }, () => alphabet[Math.floor(random() * nSigns)]!).join("")
      assert.strictEqual(countWords(text), bySplitting(text), JSON.stringify(text))
    }
  })
})

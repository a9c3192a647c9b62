import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { hash32 } from "../../src/math/hash32.ts"
import { splitWords } from "../../src/math/splitWords.ts"
import * as Wording from "../../src/math/Wording.ts"

describe("Wording", () => {
  it("Wording.of has one pair of neighbours more than there are words and signs, in rising order", () => {
    const { neighbours, plain } = Wording.of(" It works,\n does it? ")
    assert.strictEqual(plain, "it works, does it?")
    assert.strictEqual(neighbours.length, 7)
    assert.deepStrictEqual(neighbours.toSorted(), neighbours)
    assert.strictEqual(new Set(neighbours).size, 7)
    assert.strictEqual(Wording.of("").neighbours.length, 1)
  })

  it.prop("Wording.of reads the words and signs of splitWords", { text: Schema.String }, ({ text }) => {
    const mixed = `${text} it's 3.50, \u5f88\u597d\n${text}`
    const { neighbours, plain } = Wording.of(mixed)
    const words = splitWords(plain).filter((piece) => piece !== " ")
    const hashes = [...words, ""].map((word, i) => hash32(word, i === 0 ? 0 : hash32(words[i - 1]!, 0)))
    assert.deepStrictEqual(neighbours, Int32Array.from(hashes).sort())
  })

  it("Wording.similarity compares wordings that were read once", () => {
    const [a, b, c] = ["red green blue", "red green pink", "grey"].map(Wording.of) as [
      Wording.Wording,
      Wording.Wording,
      Wording.Wording
    ]
    // ^red and red green of four each.
    assert.strictEqual(Wording.similarity(a, b), 0.5)
    assert.strictEqual(Wording.similarity(a, c), 0)
    assert.strictEqual(Wording.similarity(a, a), 1)
  })
})

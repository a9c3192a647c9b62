import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { textSimilarity } from "../../src/math/textSimilarity.ts"

describe("textSimilarity", () => {
  it("textSimilarity is 1 for equal wording and 0 for none in common", () => {
    assert.strictEqual(textSimilarity("one two", "one two"), 1)
    assert.strictEqual(textSimilarity("", " \n"), 1)
    assert.strictEqual(textSimilarity(" Caf\u00e9\n au  lait", "cafe\u0301 AU lait"), 1)
    assert.strictEqual(textSimilarity("abc", "xyz"), 0)
    assert.strictEqual(textSimilarity("", "xyz"), 0)
  })

  it("textSimilarity counts neighbours, as often as both have them", () => {
    // ^cat, cat sat, sat$ against ^dog, dog sat, sat$: one of three.
    assert.closeTo(textSimilarity("cat sat", "dog sat"), 1 / 3, 1e-12)
    assert.strictEqual(textSimilarity("a beats b", "b beats a"), 0)
    // ^a, a a, a a, a$ against ^a, a a, a$.
    assert.closeTo(textSimilarity("a a a", "a a"), 6 / 7, 1e-12)
    const words = Array.from({ length: 59 }, (_, i) => `w${i}`)
    const changed = words.with(30, "other")
    assert.closeTo(textSimilarity(words.join(" "), changed.join("\n")), 1 - 2 / 60, 1e-12)
  })

  it.prop("textSimilarity is symmetric and between 0 and 1", { seed: Schema.Int }, ({ seed }) => {
    const random = keyedRandom("similar", seed)
    const some = () =>
      Array.from({ length: Math.floor(random() * 6) }, () => "a b c".split(" ")[Math.floor(random() * 3)]).join(" ")
    const [a, b] = [some(), some()]
    const similarity = textSimilarity(a, b)
    assert.strictEqual(textSimilarity(b, a), similarity)
    assert.isTrue(similarity >= 0 && similarity <= 1)
    assert.strictEqual(textSimilarity(a, a), 1)
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { editSimilarity } from "../../src/corruptions/editSimilarity.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const levenshtein = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) => {
  let line = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, word] of a.entries()) {
    const next = [i + 1]
    for (const [j, other] of b.entries()) {
      next.push(Math.min(line[j]! + (word === other ? 0 : 1), line[j + 1]! + 1, next[j]! + 1))
    }
    line = next
  }
  return line.at(-1)!
}

const randomWords = (random: () => number, nWords: number, vocabulary: number) =>
  Array.from({ length: nWords }, () => `w${Math.floor(random() * vocabulary)}`)

describe("editSimilarity", () => {
  it("editSimilarity counts changed words", () => {
    assert.strictEqual(editSimilarity("a b c d", "a b c d"), 1)
    assert.strictEqual(editSimilarity("a b c d", "a x c d"), 0.75)
    assert.strictEqual(editSimilarity("a b c d", "a b d"), 0.75)
    assert.strictEqual(editSimilarity("a b c", "x y z"), 0)
    assert.strictEqual(editSimilarity("a  b\n", "a b"), 1)
    assert.strictEqual(editSimilarity("A b", "a b"), 0.5)
  })

  it("editSimilarity handles empty texts", () => {
    assert.strictEqual(editSimilarity("", " "), 1)
    assert.strictEqual(editSimilarity("", "a"), 0)
  })

  it.prop("editSimilarity is exact and symmetric", { seed: Schema.Int }, ({ seed }) => {
    const random = keyedRandom("editSimilarity", seed)
    const vocabulary = 2 + Math.floor(random() * 20)
    const a = randomWords(random, Math.floor(random() * 120), vocabulary)
    const b =
      random() < 0.5
        ? randomWords(random, Math.floor(random() * 120), vocabulary)
        : a.flatMap((word) => (random() < 0.1 ? [] : random() < 0.2 ? ["new", word] : [word]))
    const longest = Math.max(a.length, b.length)
    const expected = longest === 0 ? 1 : 1 - levenshtein(a, b) / longest
    assert.closeTo(editSimilarity(a.join(" "), b.join(" ")), expected, 1e-12)
    assert.strictEqual(editSimilarity(b.join(" "), a.join(" ")), editSimilarity(a.join(" "), b.join(" ")))
  })

  it("editSimilarity stays quick on 5,000 words", () => {
    const random = keyedRandom("5,000 words")
    const a = randomWords(random, 5000, 2000)
    const b = a.map((word) => (random() < 0.05 ? "changed" : word))
    const start = performance.now()
    assert.closeTo(editSimilarity(a.join(" "), b.join(" ")), 0.95, 0.02)
    assert.isBelow(editSimilarity(a.join(" "), randomWords(random, 5000, 2000).join(" ")), 0.2)
    assert.isBelow(performance.now() - start, 3000)
  })

  it("editSimilarity gives a bound for long texts that have little in common", () => {
    const a = Array.from({ length: 6000 }, (_, i) => `a${i}`).join(" ")
    const b = Array.from({ length: 6000 }, (_, i) => `b${i}`).join(" ")
    assert.closeTo(editSimilarity(a, b), 1 - 5001 / 6000, 1e-12)
    assert.closeTo(editSimilarity(a, ""), 1 - 5001 / 6000, 1e-12)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { nearDuplicates } from "../../src/cleaners/nearDuplicates.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** Families of texts, each a copy of the first with some words replaced. */
const plantTexts = (nFamilies: number) => {
  const random = keyedRandom("plantTexts")
  const word = () => `w${Math.floor(random() * 3000)}`
  return Array.from({ length: nFamilies }, () => {
    const base = Array.from({ length: 40 }, word)
    return Array.from({ length: 4 }, (_, copy) => {
      const changed = base.map((w) => (random() < copy * 0.025 ? word() : w))
      return `${changed.join(" ")}${copy % 2 === 0 ? "." : " !"}`
    })
  }).flat()
}

/** Jaccard similarity of sets of three words, in strings. */
const similarity = (a: string, b: string) => {
  const shingles = (text: string) => {
    const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? []
    return new Set(words.slice(2).map((_, i) => words.slice(i, i + 3).join(" ")))
  }
  const [x, y] = [shingles(a), shingles(b)]
  return x.intersection(y).size / x.union(y).size
}

describe("nearDuplicates", () => {
  for (const threshold of [0.6, 0.8]) {
    it(`nearDuplicates finds the pairs that brute force finds at ${threshold}`, () => {
      const texts = plantTexts(60)
      const { group, pairs } = nearDuplicates(texts, { threshold })
      for (const pair of pairs) {
        assert.isBelow(pair.a, pair.b)
        assert.closeTo(pair.similarity, similarity(texts[pair.a]!, texts[pair.b]!), 1e-12)
        assert.isAtLeast(pair.similarity, threshold)
      }
      let nAlike = 0
      let nMissed = 0
      for (let a = 0; a < texts.length; a++) {
        for (let b = a + 1; b < texts.length; b++) {
          if (similarity(texts[a]!, texts[b]!) < threshold) continue
          nAlike++
          if (group[a] !== group[b]) nMissed++
        }
      }
      assert.isAbove(nAlike, 60)
      // One in a hundred is expected to slip through at a similarity of 0.6, none at 0.8.
      assert.isAtMost(nMissed, threshold === 0.8 ? 0 : 0.03 * nAlike)
      const nGroups = new Set(group).size
      assert.strictEqual(texts.length - nGroups, pairs.length, "pairs are a tree in each group")
    })
  }

  it("nearDuplicates ignores case and signs, and takes short texts whole", () => {
    const { group } = nearDuplicates(["Good dog", "good, DOG!", "good cat", "", "!?", "", "dog"])
    assert.deepStrictEqual([...group], [0, 0, 2, 3, 4, 5, 6])
  })

  it("nearDuplicates puts a great many equal texts into one group", () => {
    const { group, pairs } = nearDuplicates(Array.from({ length: 20_000 }, () => "the very same words again and again"))
    assert.isTrue(group.every((first) => first === 0))
    assert.strictEqual(pairs.length, 19_999)
  })

  it("nearDuplicates refuses thresholds and shingles out of range", () => {
    assert.throws(() => nearDuplicates([], { threshold: 0 }), /found threshold 0/)
    assert.throws(() => nearDuplicates([], { shingleWords: 0 }), /found shingleWords 0/)
    assert.strictEqual(nearDuplicates([]).group.length, 0)
  })
})

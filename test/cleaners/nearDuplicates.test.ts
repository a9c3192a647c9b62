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

const known = new Map<string, ReadonlySet<string>>()

const shinglesOf = (text: string): ReadonlySet<string> => {
  const before = known.get(text)
  if (before !== undefined) return before
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const shingles = new Set(words.slice(2).map((_, i) => words.slice(i, i + 3).join(" ")))
  known.set(text, shingles)
  return shingles
}

/** Jaccard similarity of sets of three words, in strings. */
const similarity = (a: string, b: string) => {
  const [x, y] = [shinglesOf(a), shinglesOf(b)]
  const nShared = x.intersection(y).size
  return nShared / (x.size + y.size - nShared)
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

  it("nearDuplicates holds crowds together in which a text is alike to some of the others, in whichever order they come", () => {
    const random = keyedRandom("crowds")
    const word = () => `w${Math.floor(random() * 3000)}`
    const texts = Array.from({ length: 8 }, () => {
      const template = Array.from({ length: 55 }, word)
      return Array.from({ length: 30 }, () => template.with(Math.floor(random() * 55), word()).join(" "))
    }).flat()
    const expected = texts.map((_, i) => i)
    for (const [b, text] of texts.entries()) {
      for (let a = 0; a < b; a++) {
        if (expected[a] === expected[b] || similarity(texts[a]!, text) < 0.8) continue
        const [from, to] = [expected[a]!, expected[b]!].toSorted((x, y) => y - x)
        for (const [i, group] of expected.entries()) if (group === from) expected[i] = to!
      }
    }
    // Some texts are apart from their crowd, and most are in it by a chain.
    const nGroups = new Set(expected).size
    assert.isTrue(nGroups > 8 && nGroups < 60, String(nGroups))
    assert.deepStrictEqual([...nearDuplicates(texts).group], expected)
    const turned = nearDuplicates(texts.toReversed()).group.toReversed()
    const earliest = new Map(
      Array.from(turned.entries())
        .toReversed()
        .map(([i, group]) => [group, i])
    )
    assert.deepStrictEqual(
      Array.from(turned, (group) => earliest.get(group)!),
      expected
    )
  })

  it("nearDuplicates ignores case and signs, and takes short texts whole", () => {
    const { group } = nearDuplicates(["Good dog", "good, DOG!", "good cat", "", "!?", "", "dog"])
    assert.deepStrictEqual([...group], [0, 0, 2, 3, 4, 5, 6])
    assert.deepStrictEqual([...nearDuplicates(["a b c", "a b d"], { shingleWords: 1, threshold: 0.5 }).group], [0, 0])
    assert.deepStrictEqual([...nearDuplicates(["a b c", "a b d"], { threshold: 0.01 }).group], [0, 1])
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

import { assert, describe, it } from "@effect/vitest"
import { nearDuplicates } from "../../src/cleaners/nearDuplicates.ts"
import { Groups } from "../../src/math/Groups.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { MinHash } from "../../src/math/MinHash.ts"
import { nHashes, runsOf, sign } from "../../src/math/Shingles.ts"

/** Families of four texts, in which more and more words are replaced. */
const someTexts = (nFamilies: number) => {
  const random = keyedRandom("MinHash")
  const word = () => `w${Math.floor(random() * 3000)}`
  return Array.from({ length: nFamilies }, () => {
    const base = Array.from({ length: 60 }, word)
    return [0, 0, 1, 30].map((nChanged, copy) => {
      const changed = base.map((w, i) => (i < nChanged ? word() : w))
      return `${changed.join(" ")}${copy % 2 === 0 ? "." : " !"}`
    })
  }).flat()
}

/** Some templates of forty words, and variants of each in which one word is another. */
const variantsOf = (nTemplates: number, nVariants: number) => {
  const random = keyedRandom("variants", nTemplates)
  const word = () => `w${Math.floor(random() * 3000)}`
  return Array.from({ length: nTemplates }, () => {
    const template = Array.from({ length: 40 }, word)
    const variant = () => template.with(Math.floor(random() * 40), word()).join(" ")
    return [template.join(" "), ...Array.from({ length: nVariants }, variant)]
  }).flat()
}

/** The groups that comparing the hashes of every two texts gives. */
const groupsByAll = (texts: ReadonlyArray<string>, threshold: number) => {
  const signatures = texts.map((text) => {
    const signature = new Int32Array(nHashes)
    sign(runsOf(text, 3), signature)
    return signature
  })
  const groups = new Groups()
  for (const [i, mine] of signatures.entries()) {
    for (const [j, other] of signatures.slice(0, i).entries()) {
      if (mine.filter((hash, k) => hash === other[k]).length >= threshold * nHashes) groups.join(i, j)
    }
  }
  return inOrder(Map.groupBy(texts, (_, i) => groups.of(i)))
}

/** The groups as sets of texts, in an order of their own. */
const groupsOf = (texts: ReadonlyArray<string>, threshold = 0.8) => {
  const hashes = new MinHash()
  const groups = new Groups()
  const numbers = texts.map((text) => hashes.add(text))
  hashes.alike(
    threshold,
    (a, b) => groups.of(a) === groups.of(b),
    (a, b) => groups.join(a, b)
  )
  return inOrder(Map.groupBy(texts, (_, i) => groups.of(numbers[i]!)))
}

/** Each group once, and its members, sorted. */
const inOrder = (members: ReadonlyMap<number, ReadonlyArray<string>>) =>
  Array.from(members.values(), (group) => [...new Set(group)].toSorted().join(" | ")).toSorted()

describe("MinHash", () => {
  it("MinHash finds the groups that are found with the texts at hand", () => {
    const texts = someTexts(100)
    const { group } = nearDuplicates(texts)
    const expected = inOrder(Map.groupBy(texts, (_, i) => group[i]!))
    assert.strictEqual(expected.length, 200)
    assert.deepStrictEqual(groupsOf(texts), expected)
  })

  it("MinHash holds the groups together that the hashes of every two texts make, whichever text came first", () => {
    const texts = variantsOf(30, 19)
    const expected = groupsByAll(texts, 0.8)
    assert.isBelow(expected.length, 100)
    assert.deepStrictEqual(groupsOf(texts), expected)
    assert.deepStrictEqual(groupsOf(texts.toReversed()), expected)
  })

  it("MinHash holds crowded groups together where two templates share their beginning", () => {
    const beginning = variantsOf(1, 0)[0]!
    const texts = variantsOf(2, 150).map((text) => `${beginning} ${text}`)
    const groups = groupsOf(texts)
    assert.deepStrictEqual(groups, groupsByAll(texts, 0.8))
    assert.strictEqual(groups.length, 2)
  })

  it("MinHash gives the same groups in whichever order texts come, and however often", () => {
    const texts = Array.from(
      { length: 300 },
      (_, i) => `${"the same long beginning of many words ".repeat(3)} ${i} ${i % 7}`
    )
    const random = keyedRandom("order")
    const shuffled = texts.map((text) => ({ text, at: random() })).toSorted((a, b) => a.at - b.at)
    const again = [...shuffled.map(({ text }) => text), ...texts]
    assert.deepStrictEqual(groupsOf(again, 0.7), groupsOf(texts, 0.7))
  })

  it("MinHash groups texts without words that differ in white space alone", () => {
    const texts = ["", " \n", "???", "? ??", "??", "👍👍", " 👍\u00a0👍", "👍", "a", "???"]
    assert.deepStrictEqual(
      groupsOf(texts),
      [" \n | ", "? ?? | ???", "??", " 👍\u00a0👍 | 👍👍", "👍", "a"]
        .map((group) => group.split(" | ").toSorted().join(" | "))
        .toSorted()
    )
    assert.deepStrictEqual(groupsOf(texts.toReversed()), groupsOf(texts))
  })

  it("MinHash numbers different texts and puts texts without words and of different signs into no group", () => {
    const hashes = new MinHash()
    assert.deepStrictEqual(
      ["Good dog", "", "good, DOG!", "!?", "", "Good dog"].map((text) => hashes.add(text)),
      [0, 1, 2, 3, 1, 0]
    )
    assert.strictEqual(hashes.size, 4)
    assert.deepStrictEqual(groupsOf(["Good dog", "", "good, DOG!", "!?"]), ["", "!?", "Good dog | good, DOG!"])
  })

  it("MinHash keeps its hashes over thousands of texts", () => {
    const texts = Array.from({ length: 3000 }, (_, i) => `a${i} b${i} c${i} d${i} e${i} f${i}`)
    const twins = texts.map((text) => `${text}?`)
    const groups = groupsOf([...texts, ...twins])
    assert.strictEqual(groups.length, 3000)
    assert.isTrue(groups.every((group) => /^(.*) \| \1\?$/.test(group)))
  })
})

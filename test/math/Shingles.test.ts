import { assert, describe, it } from "@effect/vitest"
import { bandKey, nHashes, runsOf, shinglesOf, sign } from "../../src/math/Shingles.ts"

describe("Shingles", () => {
  it("shinglesOf sees words, not case, signs or white space", () => {
    assert.deepStrictEqual(shinglesOf("The cat, the DOG!", 2), shinglesOf("the  cat the dog", 2))
    assert.strictEqual(shinglesOf("the cat the dog", 2).size, 3)
    assert.strictEqual(shinglesOf("a b a b a b", 2).size, 2)
    assert.strictEqual(shinglesOf("short", 3).size, 1)
    assert.strictEqual(shinglesOf("?! …", 3).size, 0)
  })

  it("runsOf keeps runs that come again, in order", () => {
    const runs = runsOf("A b, a b a!", 2)
    assert.strictEqual(runs.length, 4)
    assert.deepStrictEqual([runs[0], runs[1]], [runs[2], runs[3]])
    assert.deepStrictEqual(new Set(runs), shinglesOf("a b a", 2))
    assert.strictEqual(runsOf("short", 3).length, 1)
    assert.strictEqual(runsOf("?! \u2026", 3).length, 0)
  })

  it("sign takes the smallest hash of each kind, however often and in which order runs come", () => {
    const words = "one two three four five six seven eight nine ten"
    const signatures = [
      runsOf(words, 3),
      shinglesOf(words, 3),
      runsOf(words, 3).toReversed(),
      [...runsOf(words, 3), ...runsOf(words, 3)]
    ].map((runs) => {
      const signature = new Int32Array(nHashes)
      sign(runs, signature)
      return signature
    })
    for (const signature of signatures) assert.deepStrictEqual(signature, signatures[0]!)
    // Each hash of the whole is the smallest of those of its runs by themselves.
    const alone = [...runsOf(words, 3)].map((run) => {
      const signature = new Int32Array(nHashes)
      sign([run], signature)
      return signature
    })
    assert.deepStrictEqual(
      signatures[0]!,
      Int32Array.from({ length: nHashes }, (_, k) => Math.min(...alone.map((signature) => signature[k]!)))
    )
  })

  it("sign estimates the Jaccard similarity of two sets", () => {
    const words = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `w${from + i}`).join(" ")
    const [a, b] = [shinglesOf(words(0, 300), 1), shinglesOf(words(100, 400), 1)]
    const [x, y] = [new Int32Array(nHashes), new Int32Array(nHashes)]
    sign(a, x)
    sign(b, y)
    const agreement = x.filter((hash, k) => hash === y[k]).length / nHashes
    // 200 words shared of 400; three standard errors of 128 draws.
    assert.closeTo(agreement, 0.5, 0.14)
    assert.strictEqual(bandKey(x, 0), bandKey(x.slice(), 0))
    assert.notStrictEqual(bandKey(x, 0), bandKey(x, 4))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { bandKey, nHashes, shinglesOf, sign } from "../../src/math/Shingles.ts"

describe("Shingles", () => {
  it("shinglesOf sees words, not case, signs or white space", () => {
    assert.deepStrictEqual(shinglesOf("The cat, the DOG!", 2), shinglesOf("the  cat the dog", 2))
    assert.strictEqual(shinglesOf("the cat the dog", 2).size, 3)
    assert.strictEqual(shinglesOf("a b a b a b", 2).size, 2)
    assert.strictEqual(shinglesOf("short", 3).size, 1)
    assert.strictEqual(shinglesOf("?! …", 3).size, 0)
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

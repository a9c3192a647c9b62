import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { HashIndex } from "../../src/math/HashIndex.ts"
import { hash128 } from "../../src/math/keyedRandom.ts"

describe("HashIndex", () => {
  it.prop(
    "HashIndex numbers texts as a map of the texts themselves does",
    { texts: Schema.Array(Schema.String) },
    ({ texts }) => {
      const index = new HashIndex()
      const map = new Map<string, number>()
      for (const text of [...texts, ...texts.toReversed(), ""]) {
        const expected = map.get(text) ?? map.size
        map.set(text, expected)
        assert.strictEqual(index.add(text), expected)
      }
      assert.strictEqual(index.size, map.size)
    }
  )

  it("HashIndex keeps its numbers while it grows", () => {
    const index = new HashIndex()
    const n = 100_000
    for (let i = 0; i < n; i++) assert.strictEqual(index.add(`text ${i}`), i)
    for (let i = n - 1; i >= 0; i -= 97) assert.strictEqual(index.add(`text ${i}`), i)
    assert.strictEqual(index.size, n)
  })

  it("HashIndex keeps the hash of each text", () => {
    const index = new HashIndex()
    for (let i = 0; i < 2000; i++) index.add(`text ${i}`)
    for (const i of [0, 1023, 1024, 1999]) {
      assert.deepStrictEqual(
        [0, 1, 2, 3].map((which) => index.word(i, which)),
        hash128(`text ${i}`)
      )
    }
  })
})

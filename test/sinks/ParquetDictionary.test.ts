import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { ParquetDictionary } from "../../src/sinks/ParquetDictionary.ts"
import { Utf8Text } from "../../src/Utf8Text.ts"

describe("ParquetDictionary", () => {
  it("ParquetDictionary gives each distinct text one index, in the order in which they came first", () => {
    const random = keyedRandom("dictionary")
    const dictionary = new ParquetDictionary()
    const wanted = new Map<string, number>()
    const page = Buffer.alloc(1 << 20)
    let nPage = 0
    for (let i = 0; i < 20_000; i++) {
      // Some are empty, some are starts of others, some differ in one byte in the middle.
      const n = Math.floor(3000 * random() * random())
      const value = ["", "é".repeat(n % 50), `a long text with ${n} in its middle`, `${n}`][i % 4]!
      const bytes = Buffer.from(`"${value}"`)
      const text = new Utf8Text()
      text.set(bytes, 1, bytes.length - 1)
      const index = dictionary.find(text, page, nPage)
      assert.strictEqual(index, wanted.get(value) ?? wanted.size)
      if (index === wanted.size) {
        wanted.set(value, index)
        dictionary.starts.push(nPage)
        nPage += page.write(value, nPage)
      }
      dictionary.add(index, 1)
    }
    assert.isAbove(wanted.size, 2000)
    assert.strictEqual(dictionary.nIndexes, 20_000)
    assert.strictEqual(dictionary.plainBytes, 20_000)
    assert.strictEqual(Math.max(...dictionary.indexes), wanted.size - 1)
  })

  it("ParquetDictionary keeps the indexes of strings", () => {
    const dictionary = new ParquetDictionary()
    assert.isUndefined(dictionary.indexOf("one"))
    dictionary.keep("one", 3)
    assert.strictEqual(dictionary.indexOf("one"), 3)
  })
})

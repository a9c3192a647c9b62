import { assert, describe, it } from "@effect/vitest"
import { hashTextFeatures, nTextShapes, type TextPair } from "../../src/cleaners/hashTextFeatures.ts"

const dense = (pairs: ReadonlyArray<TextPair>, row = 0, nHashed = 2 ** 18) => {
  const { columns, nColumns, starts, values } = hashTextFeatures(pairs, { nHashed })
  const vector = new Float64Array(nColumns)
  const from = starts[row]!
  const to = starts[row + 1]!
  assert.strictEqual(new Set(columns.subarray(from, to)).size, to - from, "each column once")
  for (let at = from; at < to; at++) vector[columns[at]!] = values[at]!
  return vector
}
const pair = { prompt: "Name a fish.", chosen: "A trout is a fish.\nIt swims!", rejected: "Fish? Fish fish." }

describe("hashTextFeatures", () => {
  for (const nHashed of [1, 2, 16, 2 ** 18]) {
    it(`hashTextFeatures negates a row when the sides change places, with ${nHashed} columns`, () => {
      const there = dense([pair], 0, nHashed)
      const back = dense([{ ...pair, chosen: pair.rejected, rejected: pair.chosen }], 0, nHashed)
      assert.deepStrictEqual(
        [...there].map((value) => value + 0),
        [...back].map((value) => 0 - value)
      )
    })
  }

  it("hashTextFeatures gives equal responses an empty row, and a row depends on its own texts alone", () => {
    const same = { prompt: "p", chosen: "Yes, it is.", rejected: "yes, IT is." }
    const { starts } = hashTextFeatures([same, pair])
    assert.strictEqual(starts[1], 0)
    assert.deepStrictEqual(dense([same, pair], 1), dense([pair]))
  })

  it("hashTextFeatures scales the n-grams of one response to length 1", () => {
    const vector = dense([{ prompt: "", chosen: "the cat saw the cat", rejected: "" }])
    const hashed = vector.subarray(0, 2 ** 18)
    assert.closeTo(
      hashed.reduce((sum, value) => sum + value * value, 0),
      1,
      1e-6
    )
    // Words: the, cat, saw. Pairs: start-the, the-cat, cat-saw, saw-the. Threes: 10 of 17 places, by hand.
    const threes = new Set(Array.from({ length: 17 }, (_, i) => "the cat saw the cat".slice(i, i + 3)))
    assert.strictEqual(hashed.filter((value) => value !== 0).length, 3 + 4 + threes.size)
    const sizes = new Set([...hashed].filter((value) => value !== 0).map((value) => Math.abs(value).toFixed(5)))
    assert.strictEqual(sizes.size, 2)
    const [small, large] = [...sizes].map(Number).sort((a, b) => a - b)
    assert.closeTo(large! / small!, 1 + Math.log(2), 1e-3)
  })

  it("hashTextFeatures adds shapes: words, lines, variety and words of the prompt", () => {
    const shapes = dense([pair]).subarray(-nTextShapes)
    // Seven words against three; two lines against one; 6 of 7 different against 1 of 3; "a" twice and "fish" against all.
    const expected = [
      Math.log(8) - Math.log(4),
      (Math.log(8) ** 2 - Math.log(4) ** 2) / 5,
      Math.log(3) - Math.log(2),
      6 / 7 - 1 / 3,
      3 / 7 - 1
    ]
    for (const [k, value] of expected.entries()) assert.closeTo(shapes[k]!, value, 1e-6, `shape ${k}`)
  })

  it("hashTextFeatures refuses a number of columns that is no power of two", () => {
    assert.throws(() => hashTextFeatures([], { nHashed: 1000 }), /found nHashed 1000, expected a power of two/)
    assert.strictEqual(hashTextFeatures([]).starts.length, 1)
  })
})

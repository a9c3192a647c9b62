import { assert, describe, it } from "@effect/vitest"
import * as Wording from "../../src/math/Wording.ts"

describe("Wording", () => {
  it("Wording.of has one pair of neighbours more than there are words and signs, in rising order", () => {
    const { neighbours, plain } = Wording.of(" It works,\n does it? ")
    assert.strictEqual(plain, "it works, does it?")
    assert.strictEqual(neighbours.length, 7)
    assert.deepStrictEqual(neighbours.toSorted(), neighbours)
    assert.strictEqual(new Set(neighbours).size, 7)
    assert.strictEqual(Wording.of("").neighbours.length, 1)
  })

  it("Wording.similarity compares wordings that were read once", () => {
    const [a, b, c] = ["red green blue", "red green pink", "grey"].map(Wording.of) as [
      Wording.Wording,
      Wording.Wording,
      Wording.Wording
    ]
    // ^red and red green of four each.
    assert.strictEqual(Wording.similarity(a, b), 0.5)
    assert.strictEqual(Wording.similarity(a, c), 0)
    assert.strictEqual(Wording.similarity(a, a), 1)
  })
})

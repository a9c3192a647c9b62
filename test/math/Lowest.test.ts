import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Lowest } from "../../src/math/Lowest.ts"

describe("Lowest", () => {
  it("Lowest keeps what a stable sort puts first", () => {
    for (let run = 0; run < 50; run++) {
      const random = keyedRandom("Lowest", run)
      const values = Array.from({ length: 40 }, () => Math.floor(random() * 12))
      const lowest = new Lowest<number>(7)
      for (const [index, value] of values.entries()) lowest.add(value, () => index)
      const sorted = [...values.keys()].toSorted((a, b) => values[a]! - values[b]!)
      assert.deepStrictEqual(lowest.entries, sorted.slice(0, 7))
    }
  })

  it("Lowest leaves NaN out and makes no entry that it does not keep", () => {
    const lowest = new Lowest<string>(1)
    lowest.add(Number.NaN, () => assert.fail())
    lowest.add(1, () => "kept")
    lowest.add(1, () => assert.fail())
    lowest.add(2, () => assert.fail())
    assert.deepStrictEqual(lowest.entries, ["kept"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { majorityRanks } from "../../src/formats/majorityRanks.ts"

describe("majorityRanks", () => {
  it("majorityRanks lets a side win that more say than say the other and than say neither", () => {
    assert.deepStrictEqual(majorityRanks(2, 1, 1), [0, 1])
    assert.deepStrictEqual(majorityRanks(0, 1, 0), [1, 0])
    assert.deepStrictEqual(majorityRanks(1, 0, 2), [0, 0])
    assert.deepStrictEqual(majorityRanks(2, 0, 2), [0, 0])
    assert.deepStrictEqual(majorityRanks(3, 3, 0), [0, 0])
    assert.deepStrictEqual(majorityRanks(0, 0, 0), [0, 0])
  })

  it("majorityRanks turns round with the sides", () => {
    for (let n = 0; n < 64; n++) {
      const [first, second, ties] = [n % 4, Math.floor(n / 4) % 4, Math.floor(n / 16)]
      const [one, other] = majorityRanks(first, second, ties)
      assert.deepStrictEqual(majorityRanks(second, first, ties), [other, one])
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { indexesWhere } from "../../src/math/indexesWhere.ts"

describe("indexesWhere", () => {
  it("indexesWhere lists the numbers for which something holds, rising", () => {
    assert.deepStrictEqual([...indexesWhere(10, (i) => i % 3 === 1)], [1, 4, 7])
    assert.strictEqual(indexesWhere(5, () => false).length, 0)
    assert.strictEqual(indexesWhere(0, () => true).length, 0)
  })
})

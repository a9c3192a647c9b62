import { assert, describe, it } from "@effect/vitest"
import { possibleSwaps } from "../../src/cleaners/possibleSwaps.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

describe("possibleSwaps", () => {
  it("possibleSwaps marks both votes of every counterpart", () => {
    const random = keyedRandom("possibleSwaps")
    const n = 20_000
    const annotator = Int32Array.from({ length: n }, () => Math.floor(3 * random()))
    const first = Int32Array.from({ length: n }, () => Math.floor(200 * random()))
    const second = first.map((a) => (a + 1 + Math.floor(199 * random())) % 200)
    const shown = new Set(Array.from(first, (a, v) => `${annotator[v]} ${a} ${second[v]}`))
    const marks = possibleSwaps({ annotator, first, second })
    for (let v = 0; v < n; v++) {
      if (shown.has(`${annotator[v]} ${second[v]} ${first[v]}`)) assert.strictEqual(marks[v], 1)
    }
  })

  it("possibleSwaps leaves out most votes that have none", () => {
    const n = 20_000
    const marks = possibleSwaps({
      annotator: new Int32Array(n),
      first: Int32Array.from({ length: n }, (_, v) => (v % 2 === 0 ? 2 * v : 2 * v + 1)),
      second: Int32Array.from({ length: n }, (_, v) => (v % 2 === 0 ? 2 * v + 1 : 2 * v))
    })
    const nMarked = marks.reduce((sum, mark) => sum + mark, 0)
    // Of n votes in 4 n to 8 n places, one has another in its own with a chance below 1/4, of the other order half of that.
    assert.isBelow(nMarked, n / 6)
    assert.strictEqual(
      possibleSwaps({ annotator: new Int32Array(), first: new Int32Array(), second: new Int32Array() }).length,
      0
    )
  })
})

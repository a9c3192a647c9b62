import { assert, describe, it } from "@effect/vitest"
import { checkComparisons } from "../../src/cleaners/Comparisons.ts"

const good = {
  first: Int32Array.of(0, 1, 2),
  second: Int32Array.of(1, 2, 0),
  firstWon: Uint8Array.of(1, 0, 1),
  annotator: Int32Array.of(0, 0, 1),
  nCandidates: 3,
  nAnnotators: 2
}
const check = (change: Partial<typeof good>) => () => checkComparisons("Cannot test", { ...good, ...change })

describe("Comparisons", () => {
  it("checkComparisons accepts comparisons and none", () => {
    check({})()
    const none = new Int32Array(0)
    check({ first: none, second: none, annotator: none, firstWon: new Uint8Array(0), nCandidates: 0, nAnnotators: 0 })()
  })

  it("checkComparisons names what is out of range and where", () => {
    assert.throws(check({ nCandidates: 2 }), "Cannot test: found first 2 at comparison 2, expected 0 to 1")
    assert.throws(check({ second: Int32Array.of(1, -1, 0) }), /found second -1 at comparison 1/)
    assert.throws(check({ nAnnotators: 1 }), /found annotator 1 at comparison 2, expected 0 to 0/)
    assert.throws(check({ firstWon: Uint8Array.of(1, 2, 1) }), /found firstWon 2 at comparison 1, expected 0 to 1/)
    assert.throws(check({ second: Int32Array.of(1, 1, 0) }), /found candidate 1 on both sides of comparison 1/)
    assert.throws(check({ firstWon: Uint8Array.of(1) }), /found 3, 3, 1, 3 entries/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { readTokenLogProb } from "../../src/providers/readTokenLogProb.ts"

describe("readTokenLogProb", () => {
  it("readTokenLogProb gives what a server says, and 0 for a little more", () => {
    assert.deepStrictEqual(readTokenLogProb(" a", -0.5), { token: " a", logProb: -0.5 })
    assert.deepStrictEqual(readTokenLogProb("", 0), { token: "", logProb: 0 })
    assert.deepStrictEqual(readTokenLogProb("a", 4e-7), { token: "a", logProb: 0 })
  })

  it("readTokenLogProb says what is wrong", () => {
    assert.strictEqual(readTokenLogProb("a\n", 0.5), 'a token "a\\n" with the log-probability 0.5, expected 0 at most,')
    assert.strictEqual(readTokenLogProb(7, -1), "a token without a text")
    for (const none of [undefined, null, "-1", Number.NEGATIVE_INFINITY, Number.NaN]) {
      assert.strictEqual(readTokenLogProb("a", none), 'a token "a" without a log-probability')
    }
  })
})

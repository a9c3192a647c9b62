import { assert, describe, it } from "@effect/vitest"
import { sharedPrefix } from "../../src/math/sharedPrefix.ts"

describe("sharedPrefix", () => {
  it("sharedPrefix counts to the first difference, or to the end of the shorter text", () => {
    assert.strictEqual(sharedPrefix("the sky is blue", "the sky was blue"), "the sky ".length)
    assert.strictEqual(sharedPrefix("the sky", "the sky is"), 7)
    assert.strictEqual(sharedPrefix("the sky", "the sky"), 7)
    assert.strictEqual(sharedPrefix("", "a"), 0)
    assert.strictEqual(sharedPrefix("b", "a"), 0)
  })

  it("sharedPrefix never cuts a character in two", () => {
    // Both begin with the unit D83D.
    assert.strictEqual(sharedPrefix("a😀", "a😁"), 1)
    assert.strictEqual(sharedPrefix("a😀", "a\ud83d"), 1)
    assert.strictEqual(sharedPrefix("a😀", "a😀"), 3)
    assert.strictEqual(sharedPrefix("a😀b", "a😀c"), 3)
  })
})

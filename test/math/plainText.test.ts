import { assert, describe, it } from "@effect/vitest"
import { plainText } from "../../src/math/plainText.ts"

describe("plainText", () => {
  it("plainText leaves words, signs and accents and nothing of their dress", () => {
    assert.strictEqual(plainText(" \tCafe\u0301\u00a0AU\n lait! "), "caf\u00e9 au lait!")
    assert.notStrictEqual(plainText("cafe"), plainText("caf\u00e9"))
  })
})

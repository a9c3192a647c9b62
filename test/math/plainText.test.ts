import { assert, describe, it } from "@effect/vitest"
import { plainText } from "../../src/math/plainText.ts"

describe("plainText", () => {
  it("plainText makes one space of any white space", () => {
    assert.strictEqual(plainText("a b  c\u2003d \t e\r\n\nf\ufeffg \u00a0"), "a b c d e f g")
  })

  it("plainText leaves words, signs and accents and nothing of their dress", () => {
    assert.strictEqual(plainText(" \tCafe\u0301\u00a0AU\n lait! "), "caf\u00e9 au lait!")
    assert.notStrictEqual(plainText("cafe"), plainText("caf\u00e9"))
  })
})

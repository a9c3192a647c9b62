import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { normaliseWhitespace } from "../../src/corruptions/normaliseWhitespace.ts"

describe("normaliseWhitespace", () => {
  it("normaliseWhitespace makes one space of every run", () => {
    assert.strictEqual(normaliseWhitespace("\t a\r\n\n b\u00a0\u3000c \u2028"), "a b c")
    assert.strictEqual(normaliseWhitespace(" \n"), "")
  })

  it.prop("normaliseWhitespace changes nothing the second time", { text: Schema.String }, ({ text }) => {
    const once = normaliseWhitespace(text)
    assert.strictEqual(normaliseWhitespace(once), once)
    assert.strictEqual(once.replaceAll(/\s/gu, ""), text.replaceAll(/\s/gu, ""))
  })
})

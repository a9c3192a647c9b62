import { assert, describe, it } from "@effect/vitest"
import { printable, printableJson, printableLines } from "../../src/cli/printable.ts"

describe("printable", () => {
  it("leaves ordinary text of any script alone", () => {
    const text = "Grüße, 世界, שלום, 👩‍🔬 and 1️⃣"
    assert.strictEqual(printable(text), text)
  })

  it("escapes what moves the cursor, starts a sequence or breaks the line", () => {
    assert.strictEqual(
      printable("a\u001b[2Jb\nc\td\re\u0007f\u007fg\u009bh"),
      "a\\x1b[2Jb\\nc\\td\\re\\x07f\\x7fg\\x9bh"
    )
  })

  it("escapes what reorders or hides text", () => {
    assert.strictEqual(printable("\u202eabc\u2066d\u200be\u{e0041}"), "\\u202eabc\\u2066d\\u200be\\u{e0041}")
  })

  it("replaces a lone surrogate", () => {
    assert.strictEqual(printable("a\ud800b"), "a\ufffdb")
  })
})

describe("printableLines", () => {
  it("keeps lines and escapes inside them", () => {
    assert.strictEqual(printableLines("one\r\n\u001btwo\nthree"), "one\n\\x1btwo\nthree")
  })
})

describe("printableJson", () => {
  it("gives the value back when parsed and holds no control character", () => {
    const value = { "a\u009bb": "x\u202e\u2028\u0000\n\u{e0041}", list: [1, null, true], text: "Grüße" }
    const text = printableJson(value)
    assert.deepStrictEqual(JSON.parse(text), value)
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028\u{e0041}]/u)
    assert.include(text, "Grüße")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Utf8Text } from "../src/Utf8Text.ts"

describe("Utf8Text", () => {
  it("Utf8Text is the text between its ends, and can be used again", () => {
    const text = new Utf8Text()
    assert.strictEqual(text.toString(), "")
    const buffer = Buffer.from("a模b")
    text.set(buffer, 1, 4)
    assert.strictEqual(text.toString(), "模")
    text.set(buffer, 0, 1)
    assert.strictEqual(String(text), "a")
  })
})

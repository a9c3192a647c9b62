import { assert, describe, it } from "@effect/vitest"
import { jsonText } from "../../src/formats/jsonText.ts"

describe("jsonText", () => {
  it("jsonText keeps the digits of whole numbers that no double holds, at any depth", () => {
    assert.strictEqual(jsonText(9007199254740993n), "9007199254740993")
    assert.strictEqual(jsonText({ a: [-9223372036854775808n, { b: 1 }] }), '{"a":[-9223372036854775808,{"b":1}]}')
  })

  it("jsonText writes all else as JSON does, and null for what that has no word for", () => {
    const value = { text: '"\\\u0000é\ud800', list: [1e21, -0, null, true], __proto__x: {} }
    assert.strictEqual(jsonText(value), JSON.stringify(value))
    for (const none of [undefined, Symbol("bytes"), () => 1]) assert.strictEqual(jsonText(none), "null")
  })
})

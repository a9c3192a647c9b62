import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { tokenJaccard } from "../../src/corruptions/tokenJaccard.ts"

describe("tokenJaccard", () => {
  it("tokenJaccard compares sets of words", () => {
    assert.strictEqual(tokenJaccard("a b c", "b c d"), 0.5)
    assert.strictEqual(tokenJaccard("The cat, the CAT!", "cat the"), 1)
    assert.strictEqual(tokenJaccard("a", "b"), 0)
    assert.strictEqual(tokenJaccard("", "?!"), 1)
    assert.strictEqual(tokenJaccard("", "a"), 0)
  })

  it("tokenJaccard knows words of other scripts", () => {
    assert.strictEqual(tokenJaccard("Caf\u00e9", "cafe\u0301"), 1)
    assert.strictEqual(tokenJaccard("Москва большая", "москва"), 0.5)
    assert.strictEqual(tokenJaccard("你好", "你们"), 1 / 3)
  })

  it.prop("tokenJaccard is symmetric and 1 on itself", { a: Schema.String, b: Schema.String }, ({ a, b }) => {
    assert.strictEqual(tokenJaccard(a, a), 1)
    assert.strictEqual(tokenJaccard(a, b), tokenJaccard(b, a))
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { splitWords } from "../../src/math/splitWords.ts"

describe("splitWords", () => {
  it("splitWords keeps words, spaces and signs apart", () => {
    assert.deepStrictEqual(splitWords("I don't  pay 3.50, ok?\n"), [
      "I",
      " ",
      "don't",
      "  ",
      "pay",
      " ",
      "3.50",
      ",",
      " ",
      "ok",
      "?",
      "\n"
    ])
    assert.deepStrictEqual(splitWords("x<-y+1."), ["x", "<", "-", "y", "+", "1", "."])
    assert.deepStrictEqual(splitWords("l\u2019été e\u0301té"), ["l\u2019été", " ", "e\u0301té"])
  })

  it("splitWords cuts scripts without spaces into characters", () => {
    assert.deepStrictEqual(splitWords("GPT很好"), ["GPT", "很", "好"])
    assert.deepStrictEqual(splitWords("ねこ 고양이"), ["ね", "こ", " ", "고양이"])
  })

  it.prop("splitWords loses nothing", { text: Schema.String }, ({ text }) => {
    for (const candidate of [text, `${text}\ud83d`, `'${text}.\r\n\u00a0👩‍👩‍👧`]) {
      assert.strictEqual(splitWords(candidate).join(""), candidate)
    }
  })
})

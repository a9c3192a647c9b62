import { assert, describe, it } from "@effect/vitest"
import { finalAnswer } from "../../src/corruptions/finalAnswer.ts"
import { keepsAnswer } from "../../src/corruptions/keepsAnswer.ts"
import { keepsEnding } from "../../src/corruptions/keepsEnding.ts"
import { keepsLength } from "../../src/corruptions/keepsLength.ts"

describe("finalAnswer", () => {
  it("finalAnswer takes the box, then the tag, then the words, then the last number", () => {
    assert.strictEqual(
      finalAnswer(String.raw`Answer: 3. So \boxed{1} or \boxed{\frac{1}{2}}.`),
      String.raw`\frac{1}{2}`
    )
    assert.strictEqual(finalAnswer("answer: 3 <answer> Paris </answer> 7"), "Paris")
    assert.strictEqual(finalAnswer("The answer is 4.\nNo: the answer is **5**."), "5")
    assert.strictEqual(finalAnswer("2 and 2 are 1,004.5 in all"), "1,004.5")
    assert.isNull(finalAnswer("no idea"))
    assert.isNull(finalAnswer(""))
  })
})

describe("keepsAnswer", () => {
  it("keepsAnswer wants the same answer, however it is spaced and written", () => {
    const check = keepsAnswer()
    assert.isNull(check("The answer is Paris.", "Wait. The answer is  PARIS"))
    assert.match(check("so 4", "so 5")!, /"5".*stay "4"/)
    assert.match(check("so 4", "so what")!, /missing/)
    assert.isNull(check("no idea", "5"))
    assert.strictEqual(check.name, "keepsAnswer(finalAnswer)")
  })
})

describe("keepsEnding", () => {
  it("keepsEnding wants the last characters, white space at the end aside", () => {
    assert.isNull(keepsEnding(5)("It is so.\n", "Wait. is so."))
    assert.match(keepsEnding(6)("It is so.", "It Is so.")!, /"is so\."/)
    assert.isNull(keepsEnding()("short", "a short"))
    assert.isString(keepsEnding()("short", "shorter"))
  })
})

describe("keepsLength", () => {
  it("keepsLength bounds the ratio both ways", () => {
    const check = keepsLength(2)
    assert.isNull(check("abcd", "ab"))
    assert.isNull(check("abcd", "abcdefgh"))
    assert.isString(check("abcd", "abcdefghi"))
    assert.isString(check("abcd", "a"))
    assert.isNull(check("ab cd", "ab       cd"))
    assert.throws(() => keepsLength(0.5), RangeError)
  })
})

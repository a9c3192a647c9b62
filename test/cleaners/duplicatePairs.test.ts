import { assert, describe, it } from "@effect/vitest"
import { duplicatePairs } from "../../src/cleaners/duplicatePairs.ts"
import { promptLeakage } from "../../src/cleaners/promptLeakage.ts"
import { textKey } from "../../src/cleaners/textKey.ts"

const row = (prompt: string, chosen: string, rejected: string) => ({ prompt, chosen, rejected })

describe("duplicatePairs", () => {
  const found = duplicatePairs([
    row("p", "yes", "no"),
    row("p", "no", "yes"),
    row(" p\n", "yes ", "no"),
    row("q", "yes", "no"),
    row("p", "same", "same"),
    row("p", "two  words", "two words\n"),
    row("p", "same", "same"),
    row("P", "no", "yes"),
    row("py", "es", "no")
  ])

  it("duplicatePairs names the first of rows that are the same but for white space", () => {
    assert.deepStrictEqual([...found.duplicateOf], [-1, -1, 0, -1, -1, -1, 4, -1, -1])
  })

  it("duplicatePairs finds rows that say the opposite, from both sides", () => {
    assert.deepStrictEqual([...found.contradicts], [1, 0, 1, -1, -1, -1, -1, -1, -1])
  })

  it("duplicatePairs tells sides that are equal from those equal after white space", () => {
    assert.deepStrictEqual([...found.sidesEqual], [0, 0, 0, 0, 2, 1, 2, 0, 0])
  })

  it("textKey sees through white space and composed accents, not through case", () => {
    assert.strictEqual(textKey(" caf\u00e9 au\u00a0lait "), textKey("cafe\u0301\n\tau lait"))
    assert.notStrictEqual(textKey("A"), textKey("a"))
    assert.strictEqual(textKey("a").length, 8)
    assert.strictEqual(new Set(Array.from({ length: 20_000 }, (_, i) => textKey(`text ${i}`))).size, 20_000)
  })

  it("promptLeakage lists prompts in more than one split", () => {
    const prompts = ["a", "b", "a ", "c", "b", " a", "c"]
    const splits = ["train", "train", "test", "test", "train", "train", "test"]
    assert.deepStrictEqual(promptLeakage(prompts, splits), [{ rows: [0, 2, 5], splits: ["train", "test"] }])
    assert.throws(() => promptLeakage(["a"], []), /found 0 entries in "splits" for 1 rows/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { nearCopies } from "../../src/cleaners/nearCopies.ts"

/** Thirty words that nobody else has; a changed last word leaves 27 of 29 runs of three words the same. */
const text = (name: string, last = "end") => `${Array.from({ length: 29 }, (_, i) => `${name}${i}`).join(" ")} ${last}`
const pairOf = (pairId: string, prompt: string, a: string, b: string, nA: number, nB: number) => ({
  pairId,
  promptId: prompt,
  prompt,
  a,
  b,
  nA,
  nB
})

describe("nearCopies", () => {
  it("nearCopies finds pairs that differ by a word or in the order of their sides, and votes that say the opposite", () => {
    const found = nearCopies([
      pairOf("first", text("p"), text("x"), text("y"), 1, 0),
      pairOf("same", text("p", "stop"), text("x"), text("y", "stop"), 2, 1),
      pairOf("turned", text("p"), text("y"), text("x", "stop"), 1, 0),
      pairOf("other prompt", text("q"), text("x"), text("y"), 0, 1),
      pairOf("other answer", text("p"), text("x"), text("z"), 0, 1),
      pairOf("undecided", text("r"), text("x"), text("y"), 1, 1),
      pairOf("decided", text("r"), text("x"), text("y", "stop"), 0, 3)
    ])
    assert.strictEqual(found.nPairs, 7)
    assert.sameMembers([...found.copies], ["first", "same", "turned", "undecided", "decided"])
    assert.sameMembers([...found.contradicting], ["first", "same", "turned"])
  })

  it("nearCopies compares pairs without prompts by their answers, and knows no contradiction between answers that are alike", () => {
    const found = nearCopies([
      pairOf("a", "", text("x"), text("y"), 1, 0),
      pairOf("b", "", text("x", "stop"), text("y"), 0, 1),
      pairOf("c", "", text("z"), text("z", "stop"), 1, 0),
      pairOf("d", "", text("z", "halt"), text("z"), 0, 1)
    ])
    assert.sameMembers([...found.copies], ["a", "b", "c", "d"])
    assert.sameMembers([...found.contradicting], ["a", "b"])
    assert.strictEqual(nearCopies([]).copies.size, 0)
  })
})

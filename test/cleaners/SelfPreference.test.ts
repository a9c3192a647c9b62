import { assert, describe, it } from "@effect/vitest"
import { SelfPreference } from "../../src/cleaners/SelfPreference.ts"
import { wilson } from "../../src/math/wilson.ts"

describe("SelfPreference", () => {
  it("SelfPreference counts a judge's own replies, and what others say of them", () => {
    const own = new SelfPreference()
    for (let i = 0; i < 10; i++) own.add("GPT 4", i < 8 ? "gpt-4" : "llama", i < 8 ? "llama" : "gpt-4")
    for (let i = 0; i < 20; i++) own.add("person", i < 9 ? "gpt-4" : "llama", i < 9 ? "llama" : "gpt-4")
    assert.deepStrictEqual(own.results(), [
      { annotator: "GPT 4", nOwn: 10, ownShare: 0.8, ...wilson(8, 10), othersShare: 0.45, nOthers: 20 }
    ])
  })

  it("SelfPreference says nothing of votes on two replies of one model or by annotators that are no model", () => {
    const own = new SelfPreference()
    own.add("a", "a", "a")
    own.add("person", "a", "b")
    assert.deepStrictEqual(own.results(), [])
  })

  it("SelfPreference has no share of others where nobody else judged", () => {
    const own = new SelfPreference()
    own.add("a", "a", "b")
    const [result] = own.results()
    assert.isNull(result!.othersShare)
    assert.strictEqual(result!.ownShare, 1)
  })
})

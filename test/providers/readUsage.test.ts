import { assert, describe, it } from "@effect/vitest"
import { readUsage } from "../../src/providers/readUsage.ts"

describe("readUsage", () => {
  it("readUsage takes what a server counted, and nothing where it did not count", () => {
    const usage = { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 8 } }
    assert.deepStrictEqual(readUsage({ usage }), { promptTokens: 12, completionTokens: 3, cachedTokens: 8 })
    assert.deepStrictEqual(readUsage({ usage: { prompt_tokens: 5, total_tokens: 5 } }), {
      promptTokens: 5,
      completionTokens: 0
    })
    for (const none of [null, {}, { usage: null }, { usage: { prompt_tokens: 5 } }]) assert.isNull(readUsage(none))
  })

  it("readUsage takes the tokens that went into the cache, as parts of the prompt", () => {
    const read = (details: object) =>
      readUsage({ usage: { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: details } })
    const counted = { promptTokens: 12, completionTokens: 3 }
    assert.deepStrictEqual(read({ cached_tokens: 4, cache_write_tokens: 8 }), {
      ...counted,
      cachedTokens: 4,
      cacheWriteTokens: 8
    })
    assert.deepStrictEqual(read({ cached_tokens: 5, cache_write_tokens: 8 }), { ...counted, cachedTokens: 5 })
    for (const none of [0, -1, 1.5, "8", null]) assert.deepStrictEqual(read({ cache_write_tokens: none }), counted)
  })

  it("readUsage counts thoughts, be they among the tokens of the completion or beside them", () => {
    const details = { completion_tokens_details: { reasoning_tokens: 94 } }
    const beside = { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135, ...details }
    const among = { prompt_tokens: 32, completion_tokens: 103, total_tokens: 135, ...details }
    for (const usage of [beside, among]) {
      assert.deepStrictEqual(readUsage({ usage }), { promptTokens: 32, completionTokens: 103 })
    }
  })

  it("readUsage takes no total that cannot be", () => {
    for (const total of [3, 1e9, -1, "135", null]) {
      const usage = { prompt_tokens: 32, completion_tokens: 9, total_tokens: total }
      assert.deepStrictEqual(readUsage({ usage }), { promptTokens: 32, completionTokens: 9 })
    }
  })

  it("readUsage takes no count that cannot be", () => {
    for (const [promptTokens, completionTokens] of [
      [0, 0],
      [0, 5],
      [-1, 5],
      [1.5, 5],
      [Number.MAX_SAFE_INTEGER, 5],
      [5, 1e9]
    ]) {
      assert.isNull(readUsage({ usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens } }))
    }
  })
})

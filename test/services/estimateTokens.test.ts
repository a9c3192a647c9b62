import { assert, describe, it } from "@effect/vitest"
import { estimateTokens } from "../../src/services/estimateTokens.ts"

describe("estimateTokens", () => {
  it("estimateTokens counts as o200k_base does, over all texts", async () => {
    // Common words, with or without the space before them, are one token each in that encoding.
    assert.strictEqual(await estimateTokens(["hello world"]), 2)
    assert.strictEqual(await estimateTokens(["hello world", "hello world"]), 4)
    assert.strictEqual(await estimateTokens([]), 0)
    assert.strictEqual(await estimateTokens([""]), 0)
  })

  it("estimateTokens takes the names of special tokens for plain text", async () => {
    assert.isAbove(await estimateTokens(["<|endoftext|>"]), 1)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { estimateTokens } from "../../src/services/estimateTokens.ts"
import { costOf, isFree, worstCase } from "../../src/services/worstCase.ts"

const price = { inputPerMillion: 2, outputPerMillion: 8 }

describe("worstCase", () => {
  it("worstCase adds the bytes of all texts, room for the template, and the most that may be generated", () => {
    // "é" and "日" have two and three bytes; each text has 16 tokens of template.
    const worst = worstCase({ texts: ["héllo", "日"], maxTokens: 100 }, price)
    const promptTokens = 6 + 3 + 2 * 16
    assert.deepStrictEqual(worst, {
      calls: 1,
      tokens: promptTokens + 100,
      usd: (promptTokens * 2 + 100 * 8) / 1e6
    })
  })

  it("worstCase is unknown without a limit on the answer, and in money without a price", () => {
    assert.deepStrictEqual(worstCase({ texts: ["a"], maxTokens: undefined }, price), {
      calls: 1,
      tokens: null,
      usd: null
    })
    assert.deepStrictEqual(worstCase({ texts: [], maxTokens: 5 }, null), { calls: 1, tokens: 5, usd: null })
  })

  it("worstCase is never below a real tokenizer's count", async () => {
    for (const text of [
      "plain words",
      "日本語のテキスト",
      "🎉🎉🎉",
      "\u0000\u0001",
      "aaaaaaaa".repeat(50),
      "x\n\n\ty",
      "ℵ𝔊"
    ]) {
      const { tokens } = worstCase({ texts: [text], maxTokens: 0 }, null)
      assert.isAtLeast(tokens!, await estimateTokens([text]), text)
    }
  })
})

describe("costOf", () => {
  it("costOf takes the price of its own for tokens that go into the cache, and a worst case expects it", () => {
    const usage = { promptTokens: 1000, cachedTokens: 600, cacheWriteTokens: 300, completionTokens: 10 }
    const cached = { ...price, cachedInputPerMillion: 0.5 }
    const [rest, out] = [100 * 2 + 600 * 0.5, 10 * 8]
    assert.closeTo(costOf(usage, cached), (rest + 300 * 2 + out) / 1e6, 1e-15)
    assert.closeTo(costOf(usage, { ...cached, cacheWritePerMillion: 2.5 }), (rest + 300 * 2.5 + out) / 1e6, 1e-15)
    const asked = { texts: ["a"], maxTokens: 10 }
    for (const [cacheWritePerMillion, dearest] of [
      [2.5, 2.5],
      [1, 2]
    ] as const) {
      const { usd } = worstCase(asked, { ...cached, cacheWritePerMillion })
      assert.closeTo(usd!, (17 * dearest + 10 * 8) / 1e6, 1e-15)
    }
  })

  it("costOf takes the lower price for tokens from the cache where there is one", () => {
    const usage = { promptTokens: 1000, cachedTokens: 600, completionTokens: 10 }
    assert.closeTo(costOf(usage, price), (1000 * 2 + 10 * 8) / 1e6, 1e-15)
    assert.closeTo(costOf(usage, { ...price, cachedInputPerMillion: 0.5 }), (400 * 2 + 600 * 0.5 + 10 * 8) / 1e6, 1e-15)
  })
})

describe("isFree", () => {
  it("isFree is true where no token of any kind costs anything", () => {
    const free = { inputPerMillion: 0, outputPerMillion: 0 }
    assert.isTrue(isFree(free))
    assert.isTrue(isFree({ ...free, cachedInputPerMillion: 0 }))
    for (const part of ["inputPerMillion", "outputPerMillion", "cachedInputPerMillion", "cacheWritePerMillion"]) {
      assert.isFalse(isFree({ ...free, [part]: 0.01 }), part)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openai } from "../../src/providers/openai.ts"
import { openAIPrices } from "../../src/providers/openAIPrices.ts"

const providerAt = (baseUrl: string | ReadonlyArray<string>, more: object = {}) =>
  Effect.runSync(Effect.scoped(openai({ model: "m", baseUrl, endpointName: "e", ...more })))

const own = "https://api.openai.com/v1"

describe("openAIPrices", () => {
  it("openAIPrices are positive, and cached input costs no more than other input, other input no more than output", () => {
    assert.isAbove(Object.keys(openAIPrices).length, 10)
    for (const [model, { cachedInputPerMillion, inputPerMillion, outputPerMillion }] of Object.entries(openAIPrices)) {
      const cached = cachedInputPerMillion ?? inputPerMillion
      assert.isAbove(cached, 0, model)
      assert.isAtMost(cached, inputPerMillion, model)
      assert.isAtMost(inputPerMillion, outputPerMillion, model)
      assert.isBelow(outputPerMillion, 1000, model)
      assert.match(model, /^[a-z0-9.-]+$/)
    }
  })

  it("openAIPrices tell what writing to the cache costs, from GPT-5.6 on", () => {
    assert.deepStrictEqual(openAIPrices["gpt-6-luna"], {
      inputPerMillion: 0.1,
      outputPerMillion: 0.5,
      cachedInputPerMillion: 0.01,
      cacheWritePerMillion: 0.125
    })
    for (const [model, { cacheWritePerMillion, inputPerMillion }] of Object.entries(openAIPrices)) {
      const isLater = /^gpt-(5\.[6-9]|[6-9])/.test(model)
      assert.strictEqual(cacheWritePerMillion, isLater ? 1.25 * inputPerMillion : undefined, model)
    }
  })

  it("openAIPrices give a dated name the price of the name without a date", () => {
    const dated = Object.keys(openAIPrices).filter((model) => /-\d{4}-\d{2}-\d{2}$/.test(model))
    assert.isNotEmpty(dated)
    for (const model of dated) {
      assert.deepStrictEqual(openAIPrices[model], openAIPrices[model.replace(/-\d{4}-\d{2}-\d{2}$/, "")], model)
    }
  })

  it("openAIPrices apply where every base URL is OpenAI's, and prices of one's own go before them", () => {
    const model = "gpt-4o-mini"
    assert.deepStrictEqual(providerAt(own).price(model), openAIPrices[model]!)
    assert.deepStrictEqual(providerAt(`${own}/`).price(model), openAIPrices[model]!)
    assert.isNull(providerAt(own).price("no-such-model"))
    assert.isNull(providerAt("http://127.0.0.1:1/v1").price(model))
    assert.isNull(providerAt([own, "http://127.0.0.1:1/v1"]).price(model))
    const mine = { inputPerMillion: 1, outputPerMillion: 2 }
    assert.deepStrictEqual(providerAt(own, { prices: { [model]: mine } }).price(model), mine)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { checkEndpointOptions } from "../../src/providers/checkEndpointOptions.ts"
import type { EndpointOptions } from "../../src/providers/Endpoint.ts"
import { batch } from "../../src/providers/batch.ts"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"

const check = (options: Partial<EndpointOptions>) => checkEndpointOptions("http", { model: "m", ...options })

const problemOf = (work: () => void): string => {
  try {
    work()
  } catch (error) {
    assert.strictEqual((error as Error).name, "WiringError")
    return (error as Error).message
  }
  return "no problem"
}

describe("checkEndpointOptions", () => {
  it("checkEndpointOptions takes what a server may be asked with", () => {
    check({})
    check({ extraBody: { top_k: 5, tools: [], chat_template: "x", constructor: 1 } })
    check({ baseUrl: "http://me:word@[::1]:8000/v1/", concurrency: 1, timeoutMs: 2 ** 31 - 1, maxRetries: 0 })
    check({ baseUrl: ["https://a/v1", "https://b/v1"], endpointName: "both", requestsPerMinute: 0.5 })
  })

  for (const [options, says] of [
    [{ timeoutMs: Number.POSITIVE_INFINITY }, /found timeoutMs Infinity, expected milliseconds from 1 to 2147483647/],
    [{ timeoutMs: 3e9 }, /timeoutMs 3000000000/],
    [{ deadlineMs: Number.NaN }, /deadlineMs NaN/],
    [{ concurrency: 0 }, /found concurrency 0, expected a whole number of calls, 1 or more/],
    [{ concurrency: 2.5 }, /concurrency 2.5/],
    [{ concurrency: Number.NaN }, /concurrency NaN/],
    [{ requestsPerMinute: 0 }, /requestsPerMinute 0, expected a number above 0/],
    [{ tokensPerMinute: -1 }, /tokensPerMinute -1/],
    [{ maxRetries: -1 }, /maxRetries -1/],
    [
      { extraBody: { max_tokens: 9 } },
      /extraBody with "max_tokens", expected fields that .* stage's maxTokens; maxTokensField/
    ],
    [{ extraBody: { top_k: 5, max_completion_tokens: 9 } }, /"max_completion_tokens".*maxTokensField/],
    [{ extraBody: { n: 8 } }, /extraBody with "n".*the stage's n/],
    [{ extraBody: { stream: true } }, /extraBody with "stream".*leave it out/],
    [{ extraBody: { model: "other" } }, /extraBody with "model".*option model/],
    [{ extraBody: { messages: [] } }, /extraBody with "messages"/],
    [{ baseUrl: "localhost:8000/v1" }, /found baseUrl "localhost:8000\/v1", expected the URL of a server/],
    [{ baseUrl: "http://" }, /baseUrl "http:\/\/"/],
    [{ baseUrl: [] }, /without a URL, expected one or more/],
    [{ baseUrl: ["http://a/v1", "http://b/v1"] }, /2 URLs and no endpointName/]
  ] satisfies ReadonlyArray<readonly [Partial<EndpointOptions>, RegExp]>) {
    it(`checkEndpointOptions refuses ${JSON.stringify(options)} as ${says.source}`, () => {
      assert.throws(() => check(options), says)
    })
  }

  it("checkEndpointOptions refuses a key in the URL and does not repeat it", () => {
    for (const baseUrl of ["http://me:hush@host/v1?api-key=hush", "http://host/v1#hush", "me:hush@host/v1"]) {
      try {
        check({ baseUrl })
        assert.fail("expected a refusal")
      } catch (error) {
        const { message, name } = error as Error
        assert.strictEqual(name, "WiringError")
        assert.match(message, /"(http:\/\/host\/v1" with something behind|host\/v1")/)
        assert.notInclude(message, "hush")
      }
    }
  })

  it("checkEndpointOptions refuses a URL that would be cut within its password, and does not repeat it", () => {
    const places = ["me:hush/hush@host/v1", "me:80/hush@host/v1", "me:hush#hush@host/v1", "hush?hush@host/v1"]
    for (const place of [...places.map((url) => `http://${url}`), ...places]) {
      const problem = problemOf(() => check({ baseUrl: place }))
      assert.match(problem, /found baseUrl "(http:\/\/)?host\/v1" with "\/", "\?" or "#" before "@", expected .*%2F/)
      assert.notInclude(problem, "hush")
    }
    check({ baseUrl: "http://me:hush%2Fhush@host/v1/%40me" })
  })

  it("checkEndpointOptions refuses a key in the path of a URL, which is written down, and does not repeat it", () => {
    const variable = "PREFLOOM_TEST_PATH_KEY"
    process.env[variable] = "hushhush/hush hush"
    try {
      for (const baseUrl of [
        "http://host/key/sk-hushhushhushhush/v1",
        "http://me:word@host/hf%5fhushhushhushhush/v1",
        "host/sk-hushhushhushhush",
        "http://host/hushhush/hush%20hush/v1"
      ]) {
        const problem = problemOf(() => check({ baseUrl: ["http://host/v1", baseUrl], endpointName: "both" }))
        assert.match(problem, /found baseUrl with a key in its path, expected .*keyVariable/)
        assert.notInclude(problem, "hush")
      }
      check({ baseUrl: "http://me:hushhush%2Fhush%20hush@host/task-a/sk-8/v1" })
    } finally {
      delete process.env[variable]
    }
  })

  it("checkEndpointOptions refuses a key among the fields of requests, which are written down, and does not repeat it", () => {
    for (const [extraBody, field] of [
      [{ api_key: "hush" }, "api_key"],
      [{ token: "hush" }, "token"],
      [{ extra_headers: { Authorization: "Bearer hush" } }, "extra_headers.Authorization"]
    ] as const) {
      const says = new RegExp(`extraBody with "${field}".*keyVariable`)
      assert.match(
        problemOf(() => check({ extraBody })),
        says
      )
      assert.notInclude(
        problemOf(() => check({ extraBody })),
        "hush"
      )
    }
  })

  it("checkEndpointOptions refuses a key or a password where a name belongs, and does not repeat it", () => {
    for (const [options, says] of [
      [{ keyVariable: "sk-hush" }, /found keyVariable that is no name of a variable, expected/],
      [{ keyVariable: "hf_hushhushhushhush" }, /found keyVariable that is no name of a variable/],
      [{ endpointName: "http://me:hush@host/v1" }, /found endpointName with a name or password before the host/],
      [{ endpointName: "sk-hushhushhushhush" }, /found endpointName that holds a key, or begins as one does/]
    ] as const) {
      const problem = problemOf(() => check(options))
      assert.match(problem, says)
      assert.notInclude(problem, "hush")
    }
    const variable = "PREFLOOM_TEST_ENDPOINT_TOKEN"
    process.env[variable] = "hushhush-hushhush"
    try {
      const problem = problemOf(() => check({ endpointName: "at hushhush-hushhush" }))
      assert.match(problem, /found endpointName that holds a key/)
      assert.notInclude(problem, "hush")
    } finally {
      delete process.env[variable]
    }
    check({ keyVariable: "HF_INFERENCE_API_KEY", endpointName: "basic tier" })
    check({ extraBody: { system: "Basic English only" } })
    check({ keyVariable: "MY_KEY_2", endpointName: "ours, all at me@host" })
  })

  const price = { inputPerMillion: 1, outputPerMillion: 2 }

  it("checkEndpointOptions takes prices of which each part is US dollars, 0 or more", () => {
    check({ prices: {} })
    check({
      prices: {
        m: price,
        free: { inputPerMillion: 0, outputPerMillion: 0 },
        cached: { ...price, cachedInputPerMillion: 0.1 }
      }
    })
    check({ prices: { noted: { ...price, note: "list price" } as never } })
  })

  for (const [prices, says] of [
    [{ m: { inputPerMillion: 1 } }, /found prices with "m" and no outputPerMillion, expected US dollars .*0 or more/],
    [{ free: price, m: { outputPerMillion: 1 } }, /"m" and no inputPerMillion/],
    [{ m: { inputPerMillion: "1", outputPerMillion: 2 } }, /"m" and inputPerMillion "1", expected US dollars/],
    [{ m: { ...price, outputPerMillion: -1 } }, /"m" and outputPerMillion -1/],
    [{ m: { ...price, outputPerMillion: Number.NaN } }, /"m" and outputPerMillion NaN/],
    [{ m: { ...price, inputPerMillion: Number.POSITIVE_INFINITY } }, /"m" and inputPerMillion Infinity/],
    [{ m: { ...price, cachedInputPerMillion: -0.1 } }, /"m" and cachedInputPerMillion -0.1/],
    [{ m: { ...price, cachedInputPerMillion: null } }, /"m" and cachedInputPerMillion null/],
    [{ m: 3 }, /"m" and the price 3, expected an object .*inputPerMillion and outputPerMillion; leave out/],
    [{ m: null }, /"m" and the price null/],
    [{ m: undefined }, /"m" and the price undefined/],
    [{ m: [1, 2] }, /"m" and no inputPerMillion/],
    [price, /"inputPerMillion" and the price 1, expected an object/],
    [[price], /found prices that are no object, expected prices by model/],
    ["gpt-5-mini", /found prices that are no object/]
  ] satisfies ReadonlyArray<readonly [unknown, RegExp]>) {
    it(`checkEndpointOptions refuses the prices ${JSON.stringify(prices)} as ${says.source}`, () => {
      assert.match(
        problemOf(() => check({ prices: prices as NonNullable<EndpointOptions["prices"]> })),
        says
      )
    })
  }

  it("checkEndpointOptions is asked where the provider is made", () => {
    for (const provider of [http, openai, batch]) {
      assert.throws(() => provider({ model: "m", concurrency: 0 }), /concurrency 0/)
      const prices = { m: { inputPerMillion: 1, outputPerMillion: -1 } }
      assert.throws(() => provider({ model: "m", prices }), /outputPerMillion -1/)
    }
  })
})

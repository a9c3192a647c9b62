import { assert, describe, it } from "@effect/vitest"
import { rateLimitHeaders } from "../../src/services/rateLimitHeaders.ts"

const now = Date.UTC(2026, 10, 21, 12, 0, 0)
const read = (headers: Readonly<Record<string, string>>) => rateLimitHeaders((name) => headers[name], now)

describe("rateLimitHeaders", () => {
  it.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "7", "retry-after-ms": "250" }, 250],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "" }, null],
    [{ "retry-after": "-3" }, null],
    [{}, null]
  ])("rateLimitHeaders reads how long to wait %o", (headers, ms) => {
    assert.strictEqual(read(headers as Record<string, string>).retryAfterMs, ms)
  })

  it.each([
    ["1s", 1000],
    ["6m0s", 360_000],
    ["17ms", 17],
    ["1h2m3.5s", 3_723_500],
    ["2d", 172_800_000],
    ["59", 59_000],
    ["6 minutes", null],
    ["1s later", null],
    ["", null]
  ])("rateLimitHeaders reads the duration %o", (text, ms) => {
    const { requestsResetMs, tokensResetMs } = read({
      "x-ratelimit-reset-requests": text,
      "x-ratelimit-reset-tokens": text
    })
    assert.deepStrictEqual([requestsResetMs, tokensResetMs], [ms, ms])
  })

  it("rateLimitHeaders reads what is left", () => {
    const { remainingRequests, remainingTokens } = read({
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-remaining-tokens": "149984"
    })
    assert.deepStrictEqual([remainingRequests, remainingTokens], [0, 149_984])
    assert.isNull(read({ "x-ratelimit-remaining-requests": "none" }).remainingRequests)
  })
})

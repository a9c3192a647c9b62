import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Lanes } from "../../src/services/Lanes.ts"
import { simulateLoad } from "./simulateLoad.ts"

const times = { forMs: 40_000, warmUpMs: 15_000 }
const refused = { outcome: "refused", ms: 2 } as const

/** Answers with a latency within 20 % of the mean. */
const answers = (latencyMs: number) => {
  const random = keyedRandom("latency", latencyMs)
  return () => ({ outcome: "answered" as const, ms: latencyMs * (0.8 + 0.4 * random()) })
}

const silent = { retryAfterMs: null, remainingRequests: null, requestsResetMs: null } as const

describe("Lanes", () => {
  it.each([20, 200, 2000])(
    "Lanes keep 90 %% of the throughput when 2 %% of the tries are refused, at %i ms",
    (latencyMs) => {
      const clean = simulateLoad({}, answers(latencyMs), times)
      const random = keyedRandom("refusals", latencyMs)
      const answered = answers(latencyMs)
      const scattered = simulateLoad({}, () => (random() < 0.02 ? refused : answered()), times)
      assert.isAtLeast(scattered.answeredPerSecond / clean.answeredPerSecond, 0.9)
      assert.closeTo(clean.answeredPerSecond, 256_000 / latencyMs, 2560 / latencyMs)
    }
  )

  it.each([
    { most: 3, latencyMs: 20 },
    { most: 32, latencyMs: 20 },
    { most: 100, latencyMs: 200 },
    { most: 8, latencyMs: 2000 }
  ])("Lanes find and hold a limit of calls at once within 10 %% %o", ({ latencyMs, most }) => {
    const answered = answers(latencyMs)
    const { answeredPerSecond, limits } = simulateLoad(
      {},
      ({ working }) => (working >= most ? refused : answered()),
      times
    )
    assert.isAtLeast(answeredPerSecond / ((most * 1000) / latencyMs), 0.9)
    const held = limits.slice(15).reduce((sum, limit) => sum + limit, 0) / limits.slice(15).length
    assert.isAtMost(held, Math.max(most * 1.25, most + 1))
  })

  it.each([
    { perSecond: 50, latencyMs: 20 },
    { perSecond: 500, latencyMs: 20 },
    { perSecond: 50, latencyMs: 200 }
  ])("Lanes find and hold a limit of calls a second within 10 %% %o", ({ latencyMs, perSecond }) => {
    let left = perSecond
    let at = 0
    const answered = answers(latencyMs)
    const result = simulateLoad(
      {},
      ({ now }) => {
        left = Math.min(perSecond, left + ((now - at) * perSecond) / 1000)
        at = now
        if (left < 1) return refused
        left--
        return answered()
      },
      times
    )
    assert.closeTo(result.answeredPerSecond, perSecond, 0.1 * perSecond)
  })

  it("Lanes rise again after a limit is gone", () => {
    const answered = answers(50)
    const { limits } = simulateLoad({}, ({ now, working }) => (now < 15_000 && working >= 10 ? refused : answered()), {
      forMs: 60_000,
      warmUpMs: 0
    })
    assert.isBelow(limits[14]!, 20)
    assert.strictEqual(limits.at(-1), 256)
  })

  it("Lanes spread requests over the minute", () => {
    const { answeredPerSecond } = simulateLoad({ requestsPerMinute: 600 }, answers(20), times)
    assert.closeTo(answeredPerSecond, 10, 0.1)
  })

  it("Lanes spread tokens over the minute, and give back what was not used", () => {
    const limits = { concurrency: 10, tokensPerMinute: 60_000, timeoutMs: null, deadlineMs: 1, maxRetries: 0 }
    const lanes = new Lanes(limits, 0)
    // A second's worth goes at once, and one more call beyond it waits for its share.
    const first = lanes.begin(0, 1000)
    lanes.begin(0, 500)
    assert.strictEqual(lanes.freeAt(0, 500), 500)
    lanes.end(first, "answered", 10, 400)
    assert.isAtMost(lanes.freeAt(10, 500), 10)
  })

  it("Lanes leave a server alone that has nothing left, until its reset", () => {
    const lanes = new Lanes({ concurrency: 4, timeoutMs: null, deadlineMs: 1, maxRetries: 0 }, 0)
    lanes.heard(
      { ...silent, remainingTokens: null, tokensResetMs: null, remainingRequests: 1, requestsResetMs: 900 },
      0
    )
    assert.strictEqual(lanes.freeAt(0, 0), 0)
    lanes.heard(
      { ...silent, remainingTokens: null, tokensResetMs: null, remainingRequests: 0, requestsResetMs: 900 },
      5
    )
    assert.strictEqual(lanes.freeAt(5, 0), 905)
    lanes.heard({ ...silent, remainingTokens: 0, tokensResetMs: 1e9 }, 10)
    assert.strictEqual(lanes.freeAt(10, 0), 60_010)
  })

  it("Lanes mind a retry-after for all once every try is refused", () => {
    const lanes = new Lanes({ concurrency: 8, timeoutMs: null, deadlineMs: 1, maxRetries: 0 }, 0)
    const busy = { ...silent, remainingTokens: null, tokensResetMs: null, retryAfterMs: 3000 }
    const refuse = () => {
      lanes.end(lanes.begin(0, 0), "refused", 0)
      lanes.heard(busy, 0)
    }
    for (let i = 0; i < 7; i++) refuse()
    assert.isBelow(lanes.freeAt(1000, 0), 3000)
    refuse()
    assert.strictEqual(lanes.freeAt(1000, 0), 3000)
  })
})

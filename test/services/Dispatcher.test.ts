import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Budget } from "../../src/Budget.ts"
import { Control } from "../../src/Control.ts"
import { Progress } from "../../src/Progress.ts"
import { Dispatcher, type Started } from "../../src/services/Dispatcher.ts"
import type { Limits, Route } from "../../src/services/Provider.ts"

/** A dispatcher of one route on a clock that a test sets, and the calls that it started. */
const dispatching = (limits: Partial<Limits>) => {
  const clock = { now: 0 }
  const timers: Array<{ readonly at: number; readonly run: () => void }> = []
  const route = {
    endpoint: "http://a",
    limits: { concurrency: 4, timeoutMs: 60_000, maxRetries: 3, deadlineMs: 60_000, ...limits }
  } as Route
  const progress = new Progress()
  const control = new Control()
  const dispatcher = new Dispatcher([route], {
    control,
    budget: new Budget({}, new Map(), new Map() as never),
    timer: { now: () => clock.now, after: (ms, run) => void timers.push({ at: clock.now + ms, run }) },
    countsOf: (endpoint) => progress.route(endpoint)
  })
  const started: Array<Started> = []
  const start = () => {
    const ticket = {
      model: "m",
      key: "k",
      worst: { tokens: 10, usd: 0 } as never,
      isRetry: false,
      isDoubted: false,
      avoid: null
    }
    dispatcher.start(ticket, (one) => void started.push(one as Started))
  }
  const limitedMs = () => progress.route("http://a").limitedMs()
  return { clock, control, dispatcher, limitedMs, route, start, started }
}

describe("Dispatcher", () => {
  it("Dispatcher says how long calls wait for a rate limit, and nothing where none waits", () => {
    const { clock, control, limitedMs, start, started } = dispatching({ requestsPerMinute: 6 })
    assert.strictEqual(limitedMs(), 0)
    start()
    assert.lengthOf(started, 1)
    assert.strictEqual(limitedMs(), 0)
    start()
    assert.lengthOf(started, 1)
    // Ten seconds apart, and a second's worth may go at once.
    assert.strictEqual(limitedMs(), 9000)
    clock.now = 4000
    assert.strictEqual(limitedMs(), 5000)
    control.pause()
    assert.strictEqual(limitedMs(), 0)
  })

  it("Dispatcher blames no limit while all lanes are taken", () => {
    const { limitedMs, start, started } = dispatching({ requestsPerMinute: 6, concurrency: 1 })
    start()
    start()
    assert.lengthOf(started, 1)
    assert.strictEqual(limitedMs(), 0)
  })

  it.effect("Dispatcher counts calls that were refused and wait for another try, while no other one is in flight", () =>
    Effect.gen(function* () {
      const { dispatcher, limitedMs, route, start, started } = dispatching({})
      yield* Effect.forkChild(dispatcher.backOff(route, 30_000))
      const sooner = yield* Effect.forkChild(dispatcher.backOff(route, 12_000))
      yield* Effect.yieldNow
      assert.strictEqual(limitedMs(), 12_000)
      sooner.interruptUnsafe()
      yield* Effect.yieldNow
      assert.strictEqual(limitedMs(), 30_000)
      start()
      assert.lengthOf(started, 1)
      assert.strictEqual(limitedMs(), 0)
    })
  )

  it("Dispatcher counts for how long nothing answers from the end of a pause", () => {
    const { clock, control, dispatcher, start, started } = dispatching({})
    start()
    dispatcher.finish(started[0]!, {
      outcome: "neutral",
      endpoint: { problem: "refused", isReached: false, mayBeRows: false },
      tokens: 0
    })
    clock.now = 4000
    assert.deepStrictEqual(dispatcher.down(), { forMs: 4000, problem: "refused", wasReached: false })
    control.pause()
    dispatcher.pump()
    clock.now = 35_000
    control.resume()
    dispatcher.pump()
    clock.now = 36_000
    assert.strictEqual(dispatcher.down()?.forMs, 1000)
  })
})

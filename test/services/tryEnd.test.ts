import { assert, describe, it } from "@effect/vitest"
import type { Route } from "../../src/services/Provider.ts"
import { tryEnd } from "../../src/services/tryEnd.ts"
import { errorOf } from "./behaving.ts"

const live = {} as Route
const resumable = { resumable: () => true } as unknown as Route

describe("tryEnd", () => {
  it("tryEnd takes a limit for an answer that lowers the load, and a time-out for both", () => {
    assert.deepStrictEqual(tryEnd(errorOf("rateLimited"), true, live, false), {
      outcome: "refused",
      endpoint: "answered",
      tokens: 0
    })
    assert.deepStrictEqual(tryEnd(errorOf("timedOut", { mayBeBilled: true }), true, live, false), {
      outcome: "refused",
      endpoint: { problem: "found timedOut", isReached: true, mayBeRows: true },
      tokens: null
    })
  })

  it("tryEnd holds nothing against an endpoint for what it refuses or garbles, unless there are others", () => {
    for (const reason of ["badRequest", "malformed", "authentication"] as const) {
      assert.strictEqual(tryEnd(errorOf(reason), true, live, false).endpoint, "answered")
      assert.strictEqual(
        (tryEnd(errorOf(reason), false, live, false).endpoint as { problem: string }).problem,
        `found ${reason}`
      )
    }
    assert.strictEqual(tryEnd(errorOf("contentFilter"), false, live, false).endpoint, "answered")
  })

  it("tryEnd takes an endpoint for unwell that sends what cannot be read after it has given answers", () => {
    const unreadable = errorOf("malformed", { mayBeBilled: true, isUnreadable: true })
    assert.strictEqual(tryEnd(unreadable, true, live, false).endpoint, "answered")
    assert.strictEqual(tryEnd(errorOf("malformed"), true, live, true).endpoint, "answered")
    assert.deepStrictEqual(tryEnd(unreadable, true, live, true), {
      outcome: "neutral",
      endpoint: { problem: "found malformed", isReached: true, mayBeRows: true },
      tokens: null
    })
    assert.strictEqual(tryEnd(errorOf("badRequest"), true, live, true).endpoint, "answered")
  })

  it("tryEnd knows an endpoint that was reached from one that was not", () => {
    const isReached = (route: Route, mayBeBilled?: boolean) => {
      const { endpoint } = tryEnd(
        errorOf("unreachable", mayBeBilled === undefined ? {} : { mayBeBilled }),
        true,
        route,
        false
      )
      return (endpoint as { isReached: boolean; mayBeRows: boolean }).isReached
    }
    assert.deepStrictEqual([isReached(live), isReached(live, true)], [false, true])
    assert.deepStrictEqual([isReached(resumable), isReached(resumable, false)], [true, false])
    const mayBeRows = (mayBeBilled: boolean) =>
      (tryEnd(errorOf("unreachable", { mayBeBilled }), true, live, false).endpoint as { mayBeRows: boolean }).mayBeRows
    assert.deepStrictEqual([mayBeRows(false), mayBeRows(true)], [false, true])
  })

  it("tryEnd says nothing of an endpoint where the try was taken back", () => {
    assert.deepStrictEqual(tryEnd(null, true, live, false), { outcome: "neutral", endpoint: "takenBack", tokens: null })
  })
})

import { assert, describe, it } from "@effect/vitest"
import type { Route } from "../../src/services/Provider.ts"
import { tryEnd } from "../../src/services/tryEnd.ts"
import { errorOf } from "./behaving.ts"

const live = {} as Route
const resumable = { resumable: () => true } as unknown as Route

describe("tryEnd", () => {
  it("tryEnd takes a limit for an answer that lowers the load, and a time-out for both", () => {
    assert.deepStrictEqual(tryEnd(errorOf("rateLimited"), true, live), {
      outcome: "refused",
      endpoint: "answered",
      tokens: 0
    })
    assert.deepStrictEqual(tryEnd(errorOf("timedOut", { mayBeBilled: true }), true, live), {
      outcome: "refused",
      endpoint: { problem: "found timedOut", isReached: true, mayBeRows: true },
      tokens: null
    })
  })

  it("tryEnd holds nothing against an endpoint for what it refuses or garbles, unless there are others", () => {
    for (const reason of ["badRequest", "malformed", "authentication"] as const) {
      assert.strictEqual(tryEnd(errorOf(reason), true, live).endpoint, "answered")
      assert.strictEqual(
        (tryEnd(errorOf(reason), false, live).endpoint as { problem: string }).problem,
        `found ${reason}`
      )
    }
    assert.strictEqual(tryEnd(errorOf("contentFilter"), false, live).endpoint, "answered")
  })

  it("tryEnd knows an endpoint that was reached from one that was not", () => {
    const isReached = (route: Route, mayBeBilled?: boolean) => {
      const { endpoint } = tryEnd(errorOf("unreachable", mayBeBilled === undefined ? {} : { mayBeBilled }), true, route)
      return (endpoint as { isReached: boolean; mayBeRows: boolean }).isReached
    }
    assert.deepStrictEqual([isReached(live), isReached(live, true)], [false, true])
    assert.deepStrictEqual([isReached(resumable), isReached(resumable, false)], [true, false])
    assert.isFalse((tryEnd(errorOf("unreachable"), true, live).endpoint as { mayBeRows: boolean }).mayBeRows)
  })

  it("tryEnd says nothing of an endpoint where the try was taken back", () => {
    assert.deepStrictEqual(tryEnd(null, true, live), { outcome: "neutral", endpoint: "takenBack", tokens: null })
  })
})

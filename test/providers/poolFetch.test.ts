import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Pool } from "undici"
import { poolFetch, TooLong } from "../../src/providers/poolFetch.ts"
import { faultServer } from "../faults/FaultServer.ts"
import type { FaultServerOptions } from "../faults/FaultServer.ts"

const begin = Effect.fnUntraced(function* (options: FaultServerOptions = {}) {
  const server = yield* faultServer(options)
  const pool = yield* Effect.acquireRelease(
    Effect.sync(() => new Pool(server.origin, { connections: 2 })),
    (opened) => Effect.promise(() => opened.destroy())
  )
  const send = (init: RequestInit = {}) =>
    poolFetch(pool)(`${server.baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-other": "1" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] }),
      ...init
    })
  return { server, send }
})

describe("poolFetch", () => {
  it.live("poolFetch gives the same response as the global fetch", () =>
    Effect.gen(function* () {
      const { send, server } = yield* begin({ keepBodies: true })
      const ours = yield* Effect.promise(() => send())
      const theirs = yield* Effect.promise(() =>
        fetch(`${server.baseUrl}/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: server.seen[0]!.rawBody
        })
      )
      const choicesOf = async (response: Response) => ((await response.json()) as { choices: unknown }).choices
      assert.deepStrictEqual(
        [ours.status, ours.ok, ours.headers.get("content-type"), yield* Effect.promise(() => choicesOf(ours))],
        [theirs.status, theirs.ok, theirs.headers.get("content-type"), yield* Effect.promise(() => choicesOf(theirs))]
      )
      assert.strictEqual(server.seen[0]!.headers["x-other"], "1")
      assert.strictEqual(server.seen[0]!.headers["accept-encoding"], "identity")
    })
  )

  it.live("poolFetch gives refusals as responses and broken connections as errors", () =>
    Effect.gen(function* () {
      const { send } = yield* begin({
        plan: ({ index }) =>
          index === 1 ? { kind: "status", status: 503, retryAfter: 2 } : { kind: "drop", bytes: 60 }
      })
      const refused = yield* Effect.promise(() => send())
      assert.deepStrictEqual([refused.status, refused.headers.get("retry-after")], [503, "2"])
      const error = yield* Effect.flip(Effect.tryPromise(() => send()))
      assert.instanceOf(error.cause, Error)
    })
  )

  it.live("poolFetch stops at an endless body and at an aborted signal", () =>
    Effect.gen(function* () {
      const endless = yield* begin({ plan: () => ({ kind: "endlessBody", chunk: " ".repeat(1 << 20), everyMs: 0 }) })
      const error = yield* Effect.flip(Effect.tryPromise(() => endless.send()))
      assert.instanceOf(error.cause, TooLong)
      const slow = yield* begin({ latencyMs: 10_000 })
      const late = yield* Effect.flip(Effect.tryPromise(() => slow.send({ signal: AbortSignal.timeout(30) })))
      assert.strictEqual((late.cause as Error).name, "TimeoutError")
      const before = yield* Effect.flip(Effect.tryPromise(() => slow.send({ signal: AbortSignal.abort() })))
      assert.strictEqual((before.cause as Error).name, "AbortError")
    })
  )
})

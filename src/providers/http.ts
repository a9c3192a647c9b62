import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Dispatcher, Pool } from "undici"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { ProviderSource } from "../services/Provider.ts"
import { compatible } from "./Compatible.ts"
import type { Endpoint, EndpointOptions, Post } from "./Endpoint.ts"
import { jsonOrText } from "./jsonOrText.ts"
import { type Received, sendRequest } from "./sendRequest.ts"

/**
 * Asks any server that speaks OpenAI's formats, over connections of its own: for self-hosted servers and many requests.
 *
 * Same options, formats and errors as `openai` at a fraction of its CPU time for each call. One connection for each call in
 * flight; nothing is pipelined, and redirects are not followed. The connections are closed with the scope.
 */
export const http = (options: EndpointOptions): ProviderSource =>
  Effect.gen(function* () {
    const undici = yield* Effect.promise(() => import("undici"))
    const pools: Array<Pool> = []
    yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(pools.map((pool) => pool.destroy()))))
    return compatible("http", options, (endpoint) => {
      const pool = new undici.Pool(new URL(endpoint.baseUrl).origin, {
        connections: endpoint.limits.concurrency,
        pipelining: 1,
        // Time-outs are the model service's.
        headersTimeout: 0,
        bodyTimeout: 0
      })
      pools.push(pool)
      return postThrough(pool, endpoint)
    })
  })

const postThrough = (pool: Pool, endpoint: Endpoint): Post => {
  const { origin } = new URL(endpoint.baseUrl)
  return Effect.fnUntraced(function* (path, body, model, call) {
    const authorization = yield* endpoint.authorization(model)
    const clock = yield* Clock.Clock
    const headers = ["content-type", "application/json", "accept", "application/json"]
    if (authorization !== null) headers.push("authorization", authorization)
    const {
      bytes,
      headers: reply,
      status
    } = yield* exchange(pool, endpoint, model, {
      path: endpoint.url(path).slice(origin.length),
      method: "POST",
      headers,
      body: JSON.stringify(body)
    })
    const text = bytes.toString()
    const header = (name: string) => {
      const value = reply[name]
      return typeof value === "object" ? value[0] : value
    }
    call.heard(header)
    if (status < 200 || status > 299) {
      const at = clock.currentTimeMillisUnsafe()
      return yield* endpoint.refusal(model, { status, body: jsonOrText(text), header, at })
    }
    return yield* endpoint.parsed(model, text, header("content-type"))
  })
}

/** Sends a request and reads the whole answer; interruption closes its connection. */
const exchange = (
  pool: Pool,
  endpoint: Endpoint,
  model: string,
  request: Dispatcher.DispatchOptions
): Effect.Effect<Received, LanguageModelError> =>
  Effect.callback((resume) => {
    const abort = sendRequest(pool, request, {
      received: (reply) => resume(Effect.succeed(reply)),
      tooLong: () => resume(Effect.fail(endpoint.endless(model))),
      broken: (cause) => resume(Effect.fail(endpoint.broken(model, cause)))
    })
    return Effect.sync(abort)
  })

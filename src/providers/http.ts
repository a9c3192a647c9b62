import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Pool } from "undici"
import type { Call, ProviderSource } from "../services/Provider.ts"
import { checkEndpointOptions } from "./checkEndpointOptions.ts"
import { compatible } from "./Compatible.ts"
import type { Endpoint, EndpointOptions, Post } from "./Endpoint.ts"
import { jsonOrText } from "./jsonOrText.ts"
import { poolTo } from "./poolTo.ts"
import { type Received, sendRequest } from "./sendRequest.ts"

/**
 * Asks any server that speaks OpenAI's formats, over connections of its own: for self-hosted servers and many requests.
 *
 * Same options, formats and errors as `openai` at a fraction of its CPU time for each call. One connection for each call in
 * flight; nothing is pipelined, and redirects are not followed. The connections are closed with the scope.
 */
export const http = (options: EndpointOptions): ProviderSource => {
  checkEndpointOptions("http", options)
  return Effect.gen(function* () {
    const undici = yield* Effect.promise(() => import("undici"))
    const pools: Array<Pool> = []
    yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(pools.map((pool) => pool.destroy()))))
    return compatible("http", options, (endpoint) => {
      const pool = poolTo(undici, endpoint)
      pools.push(pool)
      return postThrough(pool, endpoint)
    })
  })
}

const postThrough = (pool: Pool, endpoint: Endpoint): Post => {
  const { origin } = new URL(endpoint.baseUrl)
  const read = (model: string, call: Call, { bytes, headers, status }: Received) => {
    const text = bytes.toString()
    const header = (name: string) => {
      const value = headers[name]
      return typeof value === "object" ? value[0] : value
    }
    call.heard(header)
    return status >= 200 && status <= 299
      ? endpoint.parsed(model, text, header("content-type"))
      : Effect.flatMap(Clock.currentTimeMillis, (at) =>
          Effect.fail(endpoint.refusal(model, { status, body: jsonOrText(text), header, at }))
        )
  }
  return (path, body, model, call) =>
    Effect.flatMap(endpoint.authorization(model), (authorization) =>
      // Interruption closes the connection.
      Effect.callback((resume) => {
        const headers = ["content-type", "application/json", "accept", "application/json"]
        if (authorization !== null) headers.push("authorization", authorization)
        const abort = sendRequest(
          pool,
          { path: endpoint.url(path).slice(origin.length), method: "POST", headers, body: JSON.stringify(body) },
          {
            received: (reply) => resume(read(model, call, reply)),
            tooLong: () => resume(Effect.fail(endpoint.endless(model))),
            broken: (cause) => resume(Effect.fail(endpoint.broken(model, cause)))
          }
        )
        return Effect.sync(abort)
      })
    )
}

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Dispatcher, Pool } from "undici"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { ProviderSource } from "../services/Provider.ts"
import { compatible } from "./Compatible.ts"
import { type Endpoint, type EndpointOptions, maxBodyBytes, type Post } from "./Endpoint.ts"

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
    const { reply, status, text } = yield* exchange(pool, endpoint, model, {
      path: endpoint.url(path).slice(origin.length),
      method: "POST",
      headers,
      body: JSON.stringify(body)
    })
    const header = (name: string) => {
      const value = reply[name]
      return typeof value === "object" ? value[0] : value
    }
    call.heard(header)
    if (status < 200 || status > 299) {
      const at = clock.currentTimeMillisUnsafe()
      return yield* endpoint.refusal(model, { status, body: parsedOr(text), header, at })
    }
    return yield* endpoint.parsed(model, text, header("content-type"))
  })
}

/** The value in a JSON text; any other text as it is. */
const parsedOr = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

interface Received {
  readonly status: number
  readonly reply: Readonly<Record<string, string | Array<string> | undefined>>
  readonly text: string
}

/** Sends a request and reads the whole answer; interruption closes its connection. */
const exchange = (
  pool: Pool,
  endpoint: Endpoint,
  model: string,
  request: Dispatcher.DispatchOptions
): Effect.Effect<Received, LanguageModelError> =>
  Effect.callback((resume) => {
    let sending: Dispatcher.DispatchController | null = null
    let status = 0
    let reply: Received["reply"] = {}
    let chunks: Array<Buffer> = []
    let nBytes = 0
    let isOver = false
    const end = (result: Effect.Effect<Received, LanguageModelError>) => {
      if (isOver) return
      isOver = true
      resume(result)
    }
    const abort = Effect.sync(() => {
      isOver = true
      chunks = []
      sending?.abort(new Error("interrupted"))
    })
    pool.dispatch(request, {
      onRequestStart: (controller) => {
        sending = controller
        // Interrupted while it waited for a connection.
        if (isOver) controller.abort(new Error("interrupted"))
      },
      onResponseStart: (_, statusCode, headers) => {
        status = statusCode
        reply = headers
      },
      onResponseData: (controller, chunk) => {
        nBytes += chunk.length
        if (nBytes <= maxBodyBytes) {
          chunks.push(chunk)
          return
        }
        chunks = []
        end(Effect.fail(endpoint.endless(model)))
        controller.abort(new Error("too long"))
      },
      onResponseEnd: () => {
        const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, nBytes)
        end(Effect.succeed({ status, reply, text: bytes.toString() }))
      },
      onResponseError: (_, cause) => end(Effect.fail(endpoint.broken(model, cause)))
    })
    return abort
  })

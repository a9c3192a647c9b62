import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type OpenAI from "openai"
import type { Pool } from "undici"
import type { ProviderSource } from "../services/Provider.ts"
import { checkEndpointOptions } from "./checkEndpointOptions.ts"
import { compatible } from "./Compatible.ts"
import { type Endpoint, type EndpointOptions, type Post } from "./Endpoint.ts"
import { poolFetch, TooLong } from "./poolFetch.ts"
import { poolTo } from "./poolTo.ts"
import { responseText } from "./responseText.ts"
import { sdkClient } from "./sdkClient.ts"

/**
 * Asks OpenAI or any server that speaks its formats, through the `openai` SDK.
 *
 * The key is read from the environment at the first call, sent to the server, and written nowhere. Structured answers are asked
 * for as a JSON schema; whether they fit is checked by the stage. The SDK sends over a pool of connections, one for each call in
 * flight; where Node is told to use a proxy (`NODE_USE_ENV_PROXY`), over its global `fetch`. For more than about a thousand requests
 * a second see `http`.
 */
export const openai = (options: EndpointOptions): ProviderSource => {
  checkEndpointOptions("openai", options)
  return Effect.gen(function* () {
    const pools: Array<Pool> = []
    yield* Effect.addFinalizer(() => Effect.forEach(pools, (pool) => Effect.promise(() => pool.destroy())))
    return compatible("openai", options, (endpoint) => postThroughSdk(endpoint, pools))
  })
}

const usesProxy = (): boolean => process.env["NODE_USE_ENV_PROXY"] === "1"

const start = async (endpoint: Endpoint, authorization: string | null, pools: Array<Pool>): Promise<OpenAI> => {
  if (usesProxy()) return sdkClient(endpoint, authorization)
  const pool = poolTo(await import("undici"), endpoint)
  pools.push(pool)
  return sdkClient(endpoint, authorization, poolFetch(pool) as typeof fetch)
}

const postThroughSdk = (endpoint: Endpoint, pools: Array<Pool>): Post => {
  let client: Promise<OpenAI> | undefined
  return Effect.fnUntraced(function* (path, body, model, call) {
    const authorization = yield* endpoint.authorization(model)
    const clock = yield* Clock.Clock
    const sdk = yield* Effect.promise(() => (client ??= start(endpoint, authorization, pools)))
    const { text, type } = yield* Effect.tryPromise({
      try: async (signal) => {
        const response = await sdk.post(endpoint.url(path), { body, signal }).asResponse()
        call.heard((name) => response.headers.get(name))
        return { text: await responseText(response), type: response.headers.get("content-type") }
      },
      catch: (cause) => {
        const problem = cause as { readonly status?: number; readonly headers?: Headers; readonly error?: unknown }
        if (problem.status === undefined) {
          return causes(cause).some((one) => one instanceof TooLong)
            ? endpoint.endless(model)
            : endpoint.broken(model, cause)
        }
        const header = (name: string) => problem.headers?.get(name)
        call.heard(header)
        const at = clock.currentTimeMillisUnsafe()
        return endpoint.refusal(model, { status: problem.status, body: problem.error ?? messageOf(cause), header, at })
      }
    })
    return yield* text === null ? endpoint.endless(model) : endpoint.parsed(model, text, type)
  })
}

/** The SDK wraps what `fetch` throws. */
const causes = (error: unknown): ReadonlyArray<unknown> =>
  error instanceof Error && error.cause !== undefined ? [error, ...causes(error.cause)] : [error]

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

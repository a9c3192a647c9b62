import { Readable } from "node:stream"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Dispatcher } from "undici"
import { rateLimitHeaders } from "../services/rateLimitHeaders.ts"
import { HubError } from "./HubError.ts"

/** A request. A body that streams is opened anew for each try, and says how long it is. */
export interface HubRequest {
  readonly method: "GET" | "POST" | "PUT"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | HubBody
  /** What it is for, as in "commit to "owner/name"". */
  readonly action: string
}

/** A body that need not be in memory; `open` is called once a try. */
export interface HubBody {
  readonly bytes: number
  readonly open: () => AsyncIterable<Uint8Array>
}

/** A whole answer, whatever its status. */
export interface HubReply {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly text: string
}

/** Sends requests, and sends them again where that may help. */
export interface HubTransport {
  readonly send: (request: HubRequest) => Effect.Effect<HubReply, HubError>
}

const tries = 8
const firstDelayMs = 500
const longestDelayMs = 30_000
const longestWaitMs = 300_000
const stallMs = 60_000

/**
 * Opens connections to the hub and its storage, closed with the scope.
 *
 * 408, 429, 5xx and broken or stalled connections are tried again, eight times in all, after half a second, then twice as long each
 * time up to 30 s, or after what the server asks for. A server that asks for more than five minutes ends it. Other answers come
 * back as they are. Redirects are not followed, so that no header goes where it was not sent. `onWait` is told what went wrong before each
 * wait, and null when an answer is there.
 *
 * Source: `http_backoff` of huggingface_hub, `src/huggingface_hub/utils/_http.py`, retries the same answers.
 */
export const openTransport = Effect.fnUntraced(function* (
  onWait: (trouble: string | null) => void
): Effect.fn.Return<HubTransport, never, Scope.Scope> {
  const undici = yield* Effect.promise(() => import("undici"))
  const agent = yield* Effect.acquireRelease(
    // The hub may take a while to put the parts of a large file together.
    Effect.sync(() => new undici.Agent({ pipelining: 1, headersTimeout: 300_000, bodyTimeout: stallMs })),
    (open) => Effect.promise(() => open.destroy())
  )
  return { send: (request) => attempt(agent, request, onWait, 1) }
})

const attempt = (
  agent: Dispatcher,
  request: HubRequest,
  onWait: (trouble: string | null) => void,
  nth: number
): Effect.Effect<HubReply, HubError> =>
  Effect.gen(function* () {
    const outcome = yield* Effect.result(once(agent, request))
    if (outcome._tag === "Success" && !isPassing(outcome.success.status)) {
      if (nth > 1) onWait(null)
      return outcome.success
    }
    const found = outcome._tag === "Success" ? `status ${outcome.success.status}` : outcome.failure
    const asked = outcome._tag === "Success" ? waitOf(outcome.success, yield* Clock.currentTimeMillis) : null
    if (nth === tries || (asked ?? 0) > longestWaitMs) return yield* givenUp(request.action, found, asked)
    onWait(`${found} in try ${nth} of ${tries}`)
    yield* Effect.sleep(asked ?? Math.min(longestDelayMs, firstDelayMs * 2 ** (nth - 1)))
    return yield* attempt(agent, request, onWait, nth + 1)
  })

const isPassing = (status: number): boolean => status === 408 || status === 429 || (status >= 500 && status !== 501)

/** Milliseconds the server asks to wait, or null. */
const waitOf = ({ header }: HubReply, now: number): number | null => {
  const { retryAfterMs } = rateLimitHeaders(header, now)
  if (retryAfterMs !== null) return retryAfterMs
  // Draft of the IETF, as in: "api";r=0;t=55
  const [, left, seconds] = /\br\s*=\s*(\d+)\s*;\s*t\s*=\s*(\d+)/.exec(header("ratelimit") ?? "") ?? []
  return left === "0" ? Number(seconds) * 1000 + 1000 : null
}

const givenUp = (action: string, found: string, asked: number | null): HubError =>
  new HubError({
    reason: "unavailable",
    action,
    found:
      asked === null ? `${found} in all ${tries} tries` : `${found}, and to wait for ${Math.ceil(asked / 60_000)} min`,
    wanted: "an answer",
    remedy: "run the same command again later; what is there by then is not sent again"
  })

/** One try; fails with what broke, in words. */
const once = (agent: Dispatcher, { body, headers, method, url }: HubRequest): Effect.Effect<HubReply, string> => {
  const { origin, pathname, search } = new URL(url)
  const flow: Flow = { sent: 0, total: typeof body === "object" ? body.bytes : 0 }
  const length: Readonly<Record<string, string>> = typeof body === "object" ? { "content-length": `${body.bytes}` } : {}
  const sending = Effect.tryPromise({
    try: (signal) =>
      agent
        .request({
          origin,
          path: pathname + search,
          method,
          headers: { "accept-encoding": "identity", "user-agent": "prefloom", ...headers, ...length },
          body: typeof body === "object" ? Readable.from(counted(body, flow), { objectMode: false }) : (body ?? null),
          signal
        })
        .then((reply) => reply.body.text().then((text) => replyOf(reply.statusCode, reply.headers, text))),
    catch: (cause) => `a broken connection to ${origin} (${whyOf(cause)})`
  })
  return Effect.raceFirst(sending, failWhenStalled(flow, origin))
}

const replyOf = (
  status: number,
  headers: Readonly<Record<string, string | Array<string> | undefined>>,
  text: string
): HubReply => ({
  status,
  header: (name) => {
    const value = headers[name]
    return typeof value === "object" ? value[0] : value
  },
  text
})

/** Bytes of a body that the connection has taken so far. */
interface Flow {
  sent: number
  readonly total: number
}

async function* counted(body: HubBody, flow: Flow): AsyncGenerator<Uint8Array> {
  for await (const bytes of body.open()) {
    yield bytes
    flow.sent += bytes.length
  }
}

const failWhenStalled = (flow: Flow, origin: string): Effect.Effect<never, string> =>
  Effect.gen(function* () {
    while (flow.sent < flow.total) {
      const before = flow.sent
      yield* Effect.sleep(stallMs)
      if (flow.sent === before) {
        return yield* Effect.fail(`a connection to ${origin} that took nothing for ${stallMs / 1000} s`)
      }
    }
    return yield* Effect.never
  })

const whyOf = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException
  return code ?? message ?? String(cause)
}

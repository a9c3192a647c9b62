import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"

/** What the server answers to one request. */
export interface Reply {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown
  /** Milliseconds before the answer; Infinity for none at all. Default 0. */
  readonly afterMs?: number
}

/** A request as the server saw it. */
export interface SeenRequest {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** A completion in the form of OpenAI's chat completions. */
export const chatCompletion = (content: string | null, more: Readonly<Record<string, unknown>> = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 0,
  model: "served-model",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content, refusal: null } }],
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
  ...more
})

/** Starts a server on a free port of this machine that answers every POST with `reply`; it stops with the scope. */
export const chatServer = (reply: (request: SeenRequest, index: number) => Reply) =>
  Effect.gen(function* () {
    const requests: Array<SeenRequest> = []
    let inFlight = 0
    let mostAtOnce = 0
    const answer = (request: SeenRequest, response: http.ServerResponse): void => {
      const { afterMs = 0, body = {}, headers = {}, status = 200 } = reply(request, requests.length - 1)
      if (afterMs === Number.POSITIVE_INFINITY) return
      setTimeout(() => {
        response.writeHead(status, { "content-type": "application/json", ...headers })
        response.end(typeof body === "string" ? body : JSON.stringify(body))
      }, afterMs)
    }
    const server = http.createServer((incoming, response) => {
      const chunks: Array<Buffer> = []
      mostAtOnce = Math.max(mostAtOnce, ++inFlight)
      response.on("close", () => inFlight--)
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
      incoming.on("end", () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as SeenRequest["body"]
        const request = { path: incoming.url ?? "", headers: incoming.headers, body }
        requests.push(request)
        answer(request, response)
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const { port } = server.address() as AddressInfo
    return { host: `127.0.0.1:${port}`, baseUrl: `http://127.0.0.1:${port}/v1`, requests, mostAtOnce: () => mostAtOnce }
  })

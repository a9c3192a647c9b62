import type { Dispatcher } from "undici"
import { maxBodyBytes } from "./Endpoint.ts"

/** A whole answer. */
export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | Array<string> | undefined>>
  readonly bytes: Buffer
}

/** How a request ended: exactly one of these is called, once, unless it was taken back before. */
export interface Ends {
  readonly received: (reply: Received) => void
  /** The body passed `maxBodyBytes`; the connection is closed. */
  readonly tooLong: () => void
  readonly broken: (cause: unknown) => void
}

/** Sends a request over a pool of connections and reads the whole answer; returns how to take it back, which closes its connection. */
export const sendRequest = (
  pool: Pick<Dispatcher, "dispatch">,
  request: Dispatcher.DispatchOptions,
  ends: Ends
): (() => void) => {
  let sending: Dispatcher.DispatchController | null = null
  let status = 0
  let headers: Received["headers"] = {}
  let chunks: Array<Buffer> = []
  let nBytes = 0
  let isOver = false
  const end = (tell: () => void) => {
    if (isOver) return
    isOver = true
    tell()
  }
  pool.dispatch(request, {
    onRequestStart: (controller) => {
      sending = controller
      // Taken back while it waited for a connection.
      if (isOver) controller.abort(new Error("interrupted"))
    },
    onResponseStart: (_, statusCode, reply) => {
      status = statusCode
      headers = reply
    },
    onResponseData: (controller, chunk) => {
      nBytes += chunk.length
      if (nBytes <= maxBodyBytes) {
        chunks.push(chunk)
        return
      }
      chunks = []
      end(ends.tooLong)
      controller.abort(new Error("too long"))
    },
    onResponseEnd: () => {
      const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, nBytes)
      end(() => ends.received({ status, headers, bytes }))
    },
    onResponseError: (_, cause) => end(() => ends.broken(cause))
  })
  return () => {
    isOver = true
    chunks = []
    sending?.abort(new Error("interrupted"))
  }
}

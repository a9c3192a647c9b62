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
  const reading = new Reading(ends)
  pool.dispatch(request, reading)
  return () => reading.takeBack()
}

/** Gathers what comes back; one object for each request in place of a closure for each event. */
class Reading implements Dispatcher.DispatchHandler {
  readonly #ends: Ends
  #sending: Dispatcher.DispatchController | null = null
  #status = 0
  #headers: Received["headers"] = {}
  #chunks: Array<Buffer> = []
  #nBytes = 0
  #isOver = false

  constructor(ends: Ends) {
    this.#ends = ends
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#sending = controller
    // Taken back while it waited for a connection.
    if (this.#isOver) controller.abort(new Error("interrupted"))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Received["headers"]): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#nBytes += chunk.length
    if (this.#nBytes <= maxBodyBytes) {
      this.#chunks.push(chunk)
      return
    }
    this.#chunks = []
    if (this.#end()) this.#ends.tooLong()
    controller.abort(new Error("too long"))
  }

  onResponseEnd(): void {
    const chunks = this.#chunks
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#nBytes)
    if (this.#end()) this.#ends.received({ status: this.#status, headers: this.#headers, bytes })
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    if (this.#end()) this.#ends.broken(cause)
  }

  takeBack(): void {
    this.#isOver = true
    this.#chunks = []
    this.#sending?.abort(new Error("interrupted"))
  }

  /** True the first time. */
  #end(): boolean {
    const isFirst = !this.#isOver
    this.#isOver = true
    return isFirst
  }
}

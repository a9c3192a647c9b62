import type { Dispatcher } from "undici"
import { bodies, type Body, type Flow } from "./Bodies.ts"

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
class Reading implements Dispatcher.DispatchHandler, Flow {
  readonly #ends: Ends
  readonly #body: Body = bodies.open(this)
  #sending: Dispatcher.DispatchController | null = null
  #status = 0
  #headers: Received["headers"] = {}
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
    if (this.#isOver || bodies.take(this.#body, chunk)) return
    if (this.#end()) this.#ends.tooLong()
    controller.abort(new Error("too long"))
  }

  onResponseEnd(): void {
    const bytes = bodies.whole(this.#body)
    if (this.#end()) this.#ends.received({ status: this.#status, headers: this.#headers, bytes })
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    bodies.close(this.#body)
    if (this.#end()) this.#ends.broken(cause)
  }

  pause(): void {
    this.#sending?.pause()
  }

  resume(): void {
    this.#sending?.resume()
  }

  takeBack(): void {
    this.#isOver = true
    bodies.close(this.#body)
    this.#sending?.abort(new Error("interrupted"))
  }

  /** True the first time. */
  #end(): boolean {
    const isFirst = !this.#isOver
    this.#isOver = true
    return isFirst
  }
}

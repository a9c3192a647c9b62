import * as Effect from "effect/Effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { type BatchOptions, FaultBatches } from "./FaultBatches.ts"
import type { Fault, Plan, Seen } from "./Fault.ts"
import { FaultLimits, type Limits } from "./FaultLimits.ts"
import { faultReply } from "./faultReply.ts"
import { servedEndpoints } from "./servedEndpoints.ts"
import {
  asCount,
  asObject,
  billedTokens,
  errorReply,
  keyOf,
  type Reply,
  type ServedModel,
  type Usage
} from "./ServedModel.ts"

/** How a server behaves. */
export interface FaultServerOptions extends Limits, Partial<ServedModel> {
  /** Milliseconds before each answer. Default 0. */
  readonly latencyMs?: number
  /** Default no faults. */
  readonly plan?: Plan
  readonly batch?: BatchOptions
  /** Keeps every request in `seen`. Default false, so that memory stays flat. */
  readonly keepBodies?: boolean
}

/** Tokens and how many answers they went into. */
export interface Bill extends Usage {
  readonly answers: number
}

/** What a server has counted so far, as JSON. */
export interface Counts {
  /** Everything but `/_counts` itself. */
  readonly requests: number
  /** Complete JSON answers with status 200, sent to the last byte. */
  readonly answered: number
  /** Lines of batches that stand in an output file with status 200; not part of `answered`. */
  readonly batchAnswered: number
  readonly inFlight: number
  readonly mostAtOnce: number
  /** Answers whose status line and headers were sent, by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Requests by method and path, ids replaced by `{id}`. */
  readonly routes: Readonly<Record<string, number>>
  /** Requests that met a fault, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** What the answers of `answered` and `batchAnswered` cost. */
  readonly usage: Usage
  /** The same of every answer with status 200 of whose body one byte or more was sent. */
  readonly billed: Bill
  /** Bodies with one complete answer or more, and the most answers that one body had. */
  readonly keysAnswered: number
  readonly mostAnswersToOneKey: number
}

/** An answer in bytes, and how much of it counts. */
interface Outgoing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
  /** A client that reads all of it has a complete answer. */
  readonly complete: boolean
  /** Null for what costs nothing. */
  readonly usage: Usage | null
  readonly key: string | null
}

/**
 * A local server that speaks OpenAI's and vLLM's wire formats, and fails as it is told.
 *
 * It serves chat completions, completions, embeddings, models, files and batches, and vLLM's tokenize, pooling, classify and
 * score. Its answers are functions of the requests' bodies; its faults are decided by `plan` after the limits let a request
 * in. It counts what it answered; only counters and hashes are kept.
 */
export class FaultServer {
  readonly #options: FaultServerOptions
  readonly #served: ServedModel
  readonly #limits: FaultLimits
  readonly #batches: FaultBatches
  readonly #server: http.Server
  #requests = 0
  #answered = 0
  #batchAnswered = 0
  #inFlight = 0
  #mostAtOnce = 0
  #answering = 0
  #usage: Usage = { promptTokens: 0, completionTokens: 0 }
  #billed: Bill = { answers: 0, promptTokens: 0, completionTokens: 0 }
  readonly #statuses = new Map<string, number>()
  readonly #routes = new Map<string, number>()
  readonly #faults = new Map<string, number>()
  /** How often a body was answered completely, by `keyOf` of it; lines of batches under their bodies, not the batches. */
  readonly answeredByKey = new Map<string, number>()
  /** The requests, where `keepBodies` asks for them. */
  readonly seen: Array<Seen> = []

  /** Starts a server on a free port of this machine. */
  static start(options: FaultServerOptions = {}): Promise<FaultServer> {
    const started = new FaultServer(options)
    return new Promise((resolve, reject) => {
      started.#server.once("error", reject)
      started.#server.listen(0, "127.0.0.1", 4096, () => resolve(started))
    })
  }

  private constructor(options: FaultServerOptions) {
    const { classes = 1, maxModelLen = 4096, model = "served-model" } = options
    this.#options = options
    this.#served = { classes, maxModelLen, model }
    this.#limits = new FaultLimits(options)
    this.#batches = new FaultBatches(
      options.batch ?? {},
      (path, body) => servedEndpoints(path, body, this.#served, null),
      (body, usage, delivered) => {
        this.#bill(usage)
        if (!delivered) return
        this.#batchAnswered++
        this.#count(usage, keyOf(body))
      }
    )
    this.#server = http.createServer((request, response) => this.#receive(request, response))
    // An idle connection that closes just when it is used again would be a fault that nobody planned.
    this.#server.keepAliveTimeout = 600_000
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Where vLLM's own endpoints are. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Where OpenAI's endpoints are. */
  get baseUrl(): string {
    return `${this.origin}/v1`
  }

  get requests(): number {
    return this.#requests
  }

  get answered(): number {
    return this.#answered
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get mostAtOnce(): number {
    return this.#mostAtOnce
  }

  /** Everything that was counted. Reads each key once. */
  counts(): Counts {
    let mostAnswersToOneKey = 0
    for (const times of this.answeredByKey.values()) mostAnswersToOneKey = Math.max(mostAnswersToOneKey, times)
    return {
      requests: this.#requests,
      answered: this.#answered,
      batchAnswered: this.#batchAnswered,
      inFlight: this.#inFlight,
      mostAtOnce: this.#mostAtOnce,
      statuses: Object.fromEntries(this.#statuses),
      routes: Object.fromEntries(this.#routes),
      faults: Object.fromEntries(this.#faults),
      usage: this.#usage,
      billed: this.#billed,
      keysAnswered: this.answeredByKey.size,
      mostAnswersToOneKey
    }
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    this.#batches.close()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    const [path = "", query] = (request.url ?? "").split("?")
    if (path === "/_counts") {
      const keys = query === "keys=1" ? { answeredByKey: Object.fromEntries(this.answeredByKey) } : {}
      response.writeHead(200, { "content-type": "application/json" })
      response.end(JSON.stringify({ ...this.counts(), ...keys }))
      return
    }
    const method = request.method ?? ""
    const index = ++this.#requests
    const receivedAt = performance.now()
    const inFlight = ++this.#inFlight
    this.#mostAtOnce = Math.max(this.#mostAtOnce, inFlight)
    increase(this.#routes, `${method} ${path.replace(/\/(files|batches)\/[^/]+/, "/$1/{id}")}`)
    const chunks: Array<Buffer> = []
    response.on("close", () => this.#inFlight--)
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const bytes = Buffer.concat(chunks)
      const rawBody = bytes.toString()
      const { headers } = request
      const seen = { index, method, path, body: parsed(rawBody), rawBody, headers, receivedAt, inFlight }
      if (this.#options.keepBodies === true) this.seen.push(seen)
      void this.#respond(seen, bytes, response)
    })
  }

  async #respond(seen: Seen, bytes: Buffer, response: http.ServerResponse): Promise<void> {
    const refusal = this.#limits.refusal(this.#answering, mostTokens(seen))
    if (refusal !== null) return this.#send(this.#outgoing(seen, refusal, null), response)
    this.#answering++
    response.on("close", () => this.#answering--)
    const fault = this.#options.plan?.(seen) ?? null
    if (fault !== null) increase(this.#faults, fault.kind)
    const wait = fault?.kind === "late" ? fault.ms : (this.#options.latencyMs ?? 0)
    if (wait > 0 && !(await waited(wait, response))) return
    const reply = faultReply(fault) ?? (await this.#reply(seen, bytes, fault))
    if (response.destroyed) return
    const outgoing = this.#outgoing(seen, reply, fault)
    if (fault?.kind === "drop") this.#drop(outgoing, fault.bytes, response)
    else if (fault?.kind === "endlessBody") this.#sendForEver(outgoing, fault, response)
    else this.#send(outgoing, response)
  }

  async #reply(seen: Seen, bytes: Buffer, fault: Fault | null): Promise<Reply> {
    const { body, headers, method, path } = seen
    if (method === "GET" && path === "/v1/models") {
      const { maxModelLen, model } = this.#served
      const entry = { id: model, object: "model", created: 0, owned_by: "local", max_model_len: maxModelLen }
      return { status: 200, body: { object: "list", data: [entry] } }
    }
    return (
      (method === "POST" ? servedEndpoints(path, body, this.#served, fault) : null) ??
      (await this.#batches.reply(method, path, bytes, headers["content-type"] ?? "", body)) ??
      errorReply(404, `Invalid URL (${method} ${path})`)
    )
  }

  /** The bytes of an answer, broken where the fault breaks them. */
  #outgoing(seen: Seen, reply: Reply, fault: Fault | null): Outgoing {
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body)
    const whole = Buffer.from(fault?.kind === "invalidJson" ? text.replaceAll('"', "'") : text)
    const bytes =
      fault?.kind === "truncatedJson"
        ? whole.subarray(0, fault.bytes ?? Math.floor(whole.length / 2))
        : fault?.kind === "duplicatedChunks"
          ? Buffer.concat([whole, whole])
          : whole
    const broken = new Set(["truncatedJson", "invalidJson", "wrongContentType", "duplicatedChunks", "endlessBody"])
    return {
      status: reply.status,
      headers: {
        "content-type": "application/json",
        "content-length": String(bytes.length),
        "x-request-id": `req-${seen.index}`,
        ...this.#limits.headers(),
        ...reply.headers
      },
      bytes,
      complete: reply.status === 200 && !broken.has(fault?.kind ?? ""),
      usage: reply.usage ?? null,
      key: seen.method === "POST" && seen.body !== null && seen.path !== "/v1/batches" ? keyOf(seen.body) : null
    }
  }

  #send(outgoing: Outgoing, response: http.ServerResponse): void {
    const { bytes, headers, status } = outgoing
    response.on("finish", () => this.#sent(outgoing))
    response.writeHead(status, headers)
    response.end(bytes)
    increase(this.#statuses, String(status))
    if (status === 200 && outgoing.usage !== null && bytes.length > 0) this.#bill(outgoing.usage)
  }

  /** Writes the raw answer by hand, so that the connection can end anywhere in it. */
  #drop(outgoing: Outgoing, count: number, response: http.ServerResponse): void {
    const { bytes, headers, status, usage } = outgoing
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = Buffer.from(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join("")}\r\n`)
    const raw = Buffer.concat([head, bytes])
    const nSent = Math.min(raw.length, count < 0 ? Math.max(0, raw.length + count) : count)
    const socket = response.socket!
    socket.end(raw.subarray(0, nSent), () => {
      if (nSent === raw.length) this.#sent(outgoing)
      socket.destroy()
    })
    if (nSent >= head.length) increase(this.#statuses, String(status))
    if (status === 200 && usage !== null && nSent > head.length) this.#bill(usage)
  }

  #sendForEver(
    { headers, status }: Outgoing,
    { chunk = " ".repeat(65_536), everyMs = 1 }: Fault & { readonly kind: "endlessBody" },
    response: http.ServerResponse
  ): void {
    const { "content-length": _, ...rest } = headers
    response.writeHead(status, rest)
    increase(this.#statuses, String(status))
    const timer = setInterval(() => {
      if (!response.writableNeedDrain) response.write(chunk)
    }, everyMs)
    response.on("close", () => clearInterval(timer))
  }

  #sent({ complete, key, usage }: Outgoing): void {
    if (!complete) return
    this.#answered++
    if (key !== null) this.#count(usage ?? { promptTokens: 0, completionTokens: 0 }, key)
  }

  #count({ completionTokens, promptTokens }: Usage, key: string): void {
    increase(this.answeredByKey, key)
    this.#usage = {
      promptTokens: this.#usage.promptTokens + promptTokens,
      completionTokens: this.#usage.completionTokens + completionTokens
    }
  }

  #bill({ completionTokens, promptTokens }: Usage): void {
    this.#billed = {
      answers: this.#billed.answers + 1,
      promptTokens: this.#billed.promptTokens + promptTokens,
      completionTokens: this.#billed.completionTokens + completionTokens
    }
  }
}

/** Starts a server that stops with the scope. */
export const faultServer = (options: FaultServerOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => FaultServer.start(options)),
    (server) => Effect.promise(() => server.close())
  )

const increase = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The most tokens that a request may cost, as servers estimate it before they answer. */
const mostTokens = ({ body, rawBody }: Seen): number => {
  const { max_completion_tokens: newer, max_tokens: older } = asObject(body)
  return billedTokens(rawBody) + (asCount(newer ?? older) ?? 16)
}

/** Waits unless the connection closes first; tells which. */
const waited = (ms: number, response: http.ServerResponse): Promise<boolean> =>
  new Promise((resolve) => {
    // Longer waits than a timer knows last for ever.
    const timer = ms < 2 ** 31 ? setTimeout(() => resolve(true), ms) : undefined
    response.on("close", () => {
      clearTimeout(timer)
      resolve(false)
    })
  })

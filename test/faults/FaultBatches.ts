import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { asObject, errorReply, type Reply, type Usage } from "./ServedModel.ts"

/** A line of a batch. */
export interface BatchLine {
  /** Counts batches from 1, in the order in which they were created. */
  readonly batch: number
  /** Counts lines from 1. */
  readonly line: number
  readonly customId: string
}

/**
 * What becomes of a line: a status other than 200 puts it into the error file, `expired` leaves it undone and ends the batch
 * as expired, `missing` puts it into no file, `twice` puts it into the output twice.
 */
export type LineFate = number | "expired" | "missing" | "twice"

/** How batches go. */
export interface BatchOptions {
  /** Milliseconds from the creation of a batch to its end. Default 20. */
  readonly ms?: number
  /** Default 200 for all. */
  readonly fate?: (line: BatchLine) => LineFate
  /** Fails the validation of a whole batch. Default none. */
  readonly invalid?: (batch: number) => boolean
}

interface Line extends BatchLine {
  readonly url: string
  readonly body: unknown
}

interface Problem {
  readonly code: string
  readonly message: string
  readonly line: number | null
  readonly param: string | null
}

interface StoredFile {
  readonly about: Readonly<Record<string, unknown>>
  readonly content: string
}

interface Batch {
  readonly number: number
  readonly id: string
  readonly createdAt: number
  readonly lines: ReadonlyArray<Line>
  readonly problems: ReadonlyArray<Problem>
  readonly about: Readonly<Record<string, unknown>>
  /** What differs from the batch as it was created. */
  change: Readonly<Record<string, unknown>>
  ended: boolean
  timer: NodeJS.Timeout | undefined
}

const seconds = () => Math.floor(Date.now() / 1000)

const jsonl = (rows: ReadonlyArray<object>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

const found = (body: unknown): Reply => ({ status: 200, body })

/** OpenAI's files and batches. They live in the server, so clients may come and go. */
export class FaultBatches {
  readonly #options: BatchOptions
  readonly #answer: (path: string, body: unknown) => Reply | null
  readonly #answered: (body: unknown, usage: Usage, delivered: boolean) => void
  readonly #files = new Map<string, StoredFile>()
  readonly #batches = new Map<string, Batch>()

  /** `answer` answers one line; `answered` hears of each line with status 200 when its batch ends, and whether it stands in the output. */
  constructor(
    options: BatchOptions,
    answer: (path: string, body: unknown) => Reply | null,
    answered: (body: unknown, usage: Usage, delivered: boolean) => void
  ) {
    this.#options = options
    this.#answer = answer
    this.#answered = answered
  }

  /** Stops the clocks of all batches. */
  close(): void {
    for (const { timer } of this.#batches.values()) clearTimeout(timer)
  }

  /** Answers a request for a file or a batch; null where there is no such endpoint. */
  async reply(method: string, path: string, bytes: Buffer, contentType: string, body: unknown): Promise<Reply | null> {
    const [, collection, id, action] = /^\/v1\/(files|batches)(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(path) ?? []
    const route = `${method} ${collection}${id === undefined ? "" : "/id"}${action === undefined ? "" : `/${action}`}`
    if (route === "POST files") return this.#upload(bytes, contentType)
    if (route === "POST batches") return this.#create(asObject(body))
    if (route === "GET batches") {
      const data = [...this.#batches.values()].map((batch) => this.#show(batch)).toReversed()
      return found({ object: "list", data, first_id: data[0]?.id, last_id: data.at(-1)?.id, has_more: false })
    }
    const file = this.#files.get(id ?? "")
    const batch = this.#batches.get(id ?? "")
    if (collection !== undefined && file === undefined && batch === undefined) {
      return errorReply(404, `No such ${collection === "files" ? "File object" : "batch"}: ${id}`, { param: "id" })
    }
    if (route === "GET files/id" && file !== undefined) return found(file.about)
    if (route === "GET files/id/content" && file !== undefined) {
      return { status: 200, headers: { "content-type": "application/octet-stream" }, body: file.content }
    }
    if (route === "GET batches/id" && batch !== undefined) return found(this.#show(batch))
    if (route === "POST batches/id/cancel" && batch !== undefined) return this.#cancel(batch)
    return null
  }

  async #upload(bytes: Buffer, contentType: string): Promise<Reply> {
    const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } })
      .formData()
      .catch(() => null)
    const file = form?.get("file")
    if (form?.get("purpose") !== "batch") return errorReply(400, "'purpose' must be batch", { param: "purpose" })
    if (!(file instanceof File)) return errorReply(400, "'file' is a required property", { param: "file" })
    return found(this.#files.get(this.#store(file.name, "batch", await file.text()))!.about)
  }

  #store(filename: string, purpose: string, content: string): string {
    const id = `file-${this.#files.size + 1}`
    const about = { id, object: "file", bytes: Buffer.byteLength(content), created_at: seconds(), filename, purpose }
    this.#files.set(id, { about: { ...about, status: "processed" }, content })
    return id
  }

  #create(request: Readonly<Record<string, unknown>>): Reply {
    const input = this.#files.get(String(request["input_file_id"]))
    if (input === undefined) return errorReply(400, "No such input file", { param: "input_file_id" })
    if (request["completion_window"] !== "24h") {
      return errorReply(400, "'completion_window' must be 24h", { param: "completion_window" })
    }
    const number = this.#batches.size + 1
    const { lines, problems } = readLines(input.content, number, String(request["endpoint"]))
    const refused = this.#options.invalid?.(number) === true
    const batch: Batch = {
      number,
      id: `batch_${number}`,
      createdAt: performance.now(),
      lines,
      problems: refused
        ? [problem("token_limit_exceeded", "Enqueued token limit reached", null), ...problems]
        : problems,
      about: {
        id: `batch_${number}`,
        object: "batch",
        endpoint: request["endpoint"],
        errors: null,
        input_file_id: request["input_file_id"],
        completion_window: "24h",
        output_file_id: null,
        error_file_id: null,
        created_at: seconds(),
        expires_at: seconds() + 86_400,
        metadata: request["metadata"] ?? null
      },
      change: {},
      ended: false,
      timer: undefined
    }
    this.#batches.set(batch.id, batch)
    batch.timer = setTimeout(() => this.#end(batch), this.#ms)
    return found(this.#show(batch))
  }

  get #ms(): number {
    return this.#options.ms ?? 20
  }

  /** How much of a running batch is done, from 0 to 1. */
  #progress(batch: Batch): number {
    return Math.min(1, (performance.now() - batch.createdAt) / Math.max(1, this.#ms))
  }

  #show(batch: Batch): Readonly<Record<string, unknown>> & { readonly id: string } {
    const progress = this.#progress(batch)
    const status = progress < 0.2 ? "validating" : progress < 0.9 ? "in_progress" : "finalizing"
    const total = progress < 0.2 ? 0 : batch.lines.length
    const running = { status, request_counts: { total, completed: Math.floor(progress * total), failed: 0 } }
    return { id: batch.id, ...batch.about, ...running, ...batch.change }
  }

  #cancel(batch: Batch): Reply {
    if (batch.ended) return errorReply(409, `Cannot cancel a batch with status '${String(batch.change["status"])}'`)
    if (batch.change["status"] !== "cancelling") {
      const nDone = Math.floor(this.#progress(batch) * batch.lines.length)
      batch.change = { status: "cancelling", cancelling_at: seconds() }
      clearTimeout(batch.timer)
      batch.timer = setTimeout(() => this.#finish(batch, "cancelled", nDone), this.#ms / 10)
    }
    return found(this.#show(batch))
  }

  #end(batch: Batch): void {
    if (batch.problems.length === 0) return this.#finish(batch, "completed", batch.lines.length)
    batch.ended = true
    const errors = { object: "list", data: batch.problems }
    const counts = { total: 0, completed: 0, failed: 0 }
    batch.change = { status: "failed", failed_at: seconds(), errors, request_counts: counts }
  }

  /** Writes the files of a batch of which so many lines were reached. The order of the output is not that of the input. */
  #finish(batch: Batch, ending: "completed" | "cancelled", nReached: number): void {
    const output: Array<object> = []
    const errors: Array<object> = []
    let status: string = ending
    let nCompleted = 0
    const undone = (line: Line, code: string, message: string) =>
      errors.push({ id: requestId(line), custom_id: line.customId, response: null, error: { code, message } })
    for (const [i, line] of batch.lines.entries()) {
      const fate = i < nReached ? (this.#options.fate?.(line) ?? 200) : "cancelled"
      if (fate === "cancelled") {
        undone(line, "batch_cancelled", "This request was not executed because the batch was cancelled.")
      } else if (fate === "expired") {
        status = "expired"
        undone(line, "batch_expired", "This request could not be executed before the completion window expired.")
      } else {
        const reply =
          typeof fate === "number" && fate !== 200
            ? errorReply(fate, `The request ended with status ${fate}`)
            : (this.#answer(line.url, line.body) ?? errorReply(404, `Invalid URL (POST ${line.url})`))
        const response = { status_code: reply.status, request_id: `req-${requestId(line)}`, body: reply.body }
        const row = { id: requestId(line), custom_id: line.customId, response, error: null }
        if (reply.status === 200) {
          nCompleted++
          this.#answered(line.body, reply.usage ?? { promptTokens: 0, completionTokens: 0 }, fate !== "missing")
        }
        const times = fate === "missing" ? 0 : fate === "twice" ? 2 : 1
        for (let time = 0; time < times; time++) (reply.status === 200 ? output : errors).push(row)
      }
    }
    const store = (kind: string, rows: ReadonlyArray<object>) =>
      rows.length === 0 ? null : this.#store(`${batch.id}_${kind}.jsonl`, "batch_output", jsonl(rows))
    batch.ended = true
    batch.change = {
      ...batch.change,
      status,
      [`${status}_at`]: seconds(),
      output_file_id: store("output", shuffled(output, batch.number)),
      error_file_id: store("error", errors),
      request_counts: { total: batch.lines.length, completed: nCompleted, failed: batch.lines.length - nCompleted }
    }
  }
}

const requestId = ({ batch, line }: BatchLine) => `batch_req_${batch}_${line}`

const shuffled = (rows: ReadonlyArray<object>, seed: number): ReadonlyArray<object> => {
  const random = keyedRandom("output", seed)
  return rows
    .map((row) => ({ row, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ row }) => row)
}

const problem = (code: string, message: string, line: number | null, param: string | null = null): Problem => ({
  code,
  message,
  line,
  param
})

/** The lines of an input file, and what validation has against them. */
const readLines = (content: string, batch: number, endpoint: string) => {
  const lines: Array<Line> = []
  const problems: Array<Problem> = []
  const ids = new Set<unknown>()
  for (const [i, text] of content.split("\n").entries()) {
    if (text.trim() === "") continue
    const line = i + 1
    const { body, custom_id: customId, method, url } = asObject(parsed(text))
    if (typeof customId !== "string" || typeof body !== "object") {
      problems.push(problem("invalid_json_line", "This line is no request with custom_id and body.", line))
    } else if (ids.has(customId)) {
      problems.push(problem("duplicate_custom_id", `The custom_id '${customId}' is used twice.`, line, "custom_id"))
    } else if (url !== endpoint || method !== "POST") {
      problems.push(problem("invalid_url", "The line's method and URL are not those of the batch.", line, "url"))
    } else if (asObject(body)["model"] !== asObject(lines[0]?.body ?? body)["model"]) {
      problems.push(problem("mismatched_model", "All lines of a batch must name one model.", line, "body.model"))
    } else lines.push({ batch, line, customId, url, body })
    ids.add(customId)
  }
  if (lines.length === 0 && problems.length === 0)
    problems.push(problem("empty_file", "The input file is empty.", null))
  if (lines.length > 50_000) problems.push(problem("too_many_requests", "A batch holds at most 50,000 lines.", null))
  return { lines, problems }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

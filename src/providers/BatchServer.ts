import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import { type Endpoint, maxBodyBytes, speaksOtherwise } from "./Endpoint.ts"
import { jsonOrText } from "./jsonOrText.ts"
import { TooLong } from "./poolFetch.ts"
import { responseText } from "./responseText.ts"
import { sdkClient } from "./sdkClient.ts"

/** What a server says about a batch. */
export interface BatchState {
  readonly id: string
  /** `completed`, `expired`, `cancelled` and `failed` are final; a server may say others on the way. */
  readonly status: string
  readonly outputFile: string | null
  readonly errorFile: string | null
  /** Why validation failed. Lines count from 1; null where a problem is of the whole batch. */
  readonly problems: ReadonlyArray<{ readonly code: string; readonly message: string; readonly line: number | null }>
  /** Requests answered or refused so far, and in all. */
  readonly nDone: number
  readonly nRequests: number
}

/** One line of a batch's answers. */
export interface BatchLine {
  /** The `custom_id` that the request had. */
  readonly key: string
  /** The status of its response, and the parsed body; null where there was none. */
  readonly response: { readonly status: number; readonly body: unknown } | null
  /** Why there was no response. */
  readonly problem: string
}

type Asked<A> = Effect.Effect<A, LanguageModelError>

/**
 * OpenAI's files and batches on one server.
 *
 * Makes one try of everything; how often to try is the caller's. Files go up as one body and come down line by line; no answer and no line
 * is read that is longer than `maxBodyBytes`. The key is read from the environment at each request, which has the headers of the SDK's.
 */
export class BatchServer {
  readonly #endpoint: Endpoint

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  /** Uploads the lines of a batch and returns the id of the file. */
  upload(model: string, lines: ReadonlyArray<string>): Asked<string> {
    const form = new FormData()
    form.set("purpose", "batch")
    // In parts, because a text in JavaScript may not have as many characters as a batch may have bytes.
    const parts = lines.map((line) => `${line}\n`)
    form.set("file", new Blob(parts, { type: "application/jsonl" }), "batch.jsonl")
    return Effect.flatMap(this.#json(model, "POST", "/files", form), (file) => this.#idOf(model, file))
  }

  /** Creates a batch that carries a token in its metadata. */
  create(model: string, file: string, token: string): Asked<BatchState> {
    const body = JSON.stringify({
      input_file_id: file,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      metadata: { prefloom: token }
    })
    return Effect.flatMap(this.#json(model, "POST", "/batches", body), (batch) => this.#stateOf(model, batch))
  }

  /** Looks for the batch with a token, newest first, among those created since a moment in milliseconds since 1970. */
  find(model: string, token: string, since: number): Asked<BatchState | null> {
    return Effect.gen({ self: this }, function* () {
      let after = ""
      for (;;) {
        const page = objectOf(yield* this.#json(model, "GET", `/batches?limit=100${after}`))
        const batches = Array.isArray(page["data"]) ? page["data"].map(objectOf) : []
        const found = batches.find(({ metadata }) => objectOf(metadata)["prefloom"] === token)
        if (found !== undefined) return yield* this.#stateOf(model, found)
        const last = batches.at(-1)
        // An hour, because two clocks are compared.
        const isOlder = Number(last?.["created_at"]) * 1000 < since - 3_600_000
        if (last === undefined || page["has_more"] !== true || isOlder) return null
        after = `&after=${encodeURIComponent(String(last["id"]))}`
      }
    })
  }

  /** How a batch stands; null where the server does not know it any more. */
  look(model: string, id: string): Asked<BatchState | null> {
    return Effect.flatMap(
      this.#send(model, "GET", `/batches/${encodeURIComponent(id)}`),
      (response): Asked<BatchState | null> =>
        response === null
          ? Effect.succeed(null)
          : Effect.flatMap(this.#parsed(model, response), (batch) => this.#stateOf(model, batch))
    )
  }

  /** Hands over each line of a file as it arrives, parsed; false where the server has no such file any more. */
  lines(model: string, file: string, take: (line: BatchLine) => void): Asked<boolean> {
    return Effect.flatMap(this.#send(model, "GET", `/files/${encodeURIComponent(file)}/content`), (response) => {
      if (response === null) return Effect.succeed(false)
      return Effect.tryPromise({
        try: async () => {
          for await (const text of linesIn(response)) {
            if (text.trim() !== "") take(lineOf(this.#endpoint.valueOf(text)))
          }
          return true
        },
        catch: (cause) =>
          cause instanceof SyntaxError
            ? this.#endpoint.fail("malformed", model, `a line of a batch's answers: ${cause.message}`, speaksOtherwise)
            : this.#broken(model, cause)
      })
    })
  }

  #json(model: string, method: "GET" | "POST", path: string, body?: FormData | string): Asked<unknown> {
    return Effect.flatMap(this.#send(model, method, path, body), (response) =>
      response === null
        ? Effect.fail(
            this.#endpoint.fail(
              "badRequest",
              model,
              `status 404 for ${path}`,
              "check that the server has OpenAI's files and batches"
            )
          )
        : this.#parsed(model, response)
    )
  }

  /** Null is status 404; every other status without success is an error. */
  #send(model: string, method: "GET" | "POST", path: string, body?: FormData | string): Asked<Response | null> {
    return Effect.gen({ self: this }, function* () {
      const authorization = yield* this.#endpoint.authorization(model)
      const { response, text } = yield* Effect.tryPromise({
        try: async (signal) => {
          const url = this.#endpoint.url(path)
          const sdk = await sdkClient(this.#endpoint, authorization)
          // As live calls are sent: the account that is billed may stand in headers.
          const { req } = await sdk.buildRequest({ method: "get", path: url, headers: { Accept: "*/*" } })
          if (typeof body === "string") req.headers.set("content-type", "application/json")
          const answer = await fetch(url, {
            method,
            signal,
            headers: req.headers,
            ...(body === undefined ? {} : { body })
          })
          return { response: answer, text: answer.ok ? "" : await textOf(answer) }
        },
        catch: (cause) => this.#broken(model, cause)
      })
      if (response.ok) return response
      if (response.status === 404) return null
      const header = (name: string) => response.headers.get(name)
      const at = yield* Clock.currentTimeMillis
      return yield* this.#endpoint.refusal(model, { status: response.status, body: jsonOrText(text), header, at })
    })
  }

  #parsed(model: string, response: Response): Asked<unknown> {
    return Effect.flatMap(
      Effect.tryPromise({ try: () => textOf(response), catch: (cause) => this.#broken(model, cause) }),
      (text) => this.#endpoint.parsed(model, text, response.headers.get("content-type"))
    )
  }

  #broken(model: string, cause: unknown): LanguageModelError {
    return cause instanceof TooLong ? this.#endpoint.endless(model) : this.#endpoint.broken(model, cause)
  }

  #idOf(model: string, value: unknown): Asked<string> {
    const { id } = objectOf(value)
    return typeof id === "string"
      ? Effect.succeed(id)
      : Effect.fail(this.#endpoint.fail("malformed", model, "a file or batch without an id", speaksOtherwise))
  }

  #stateOf(model: string, value: unknown): Asked<BatchState> {
    return Effect.map(this.#idOf(model, value), (id): BatchState => {
      const batch = objectOf(value)
      const counts = objectOf(batch["request_counts"])
      const problems = objectOf(batch["errors"])["data"]
      return {
        id,
        status: String(batch["status"]),
        outputFile: textOr(batch["output_file_id"]),
        errorFile: textOr(batch["error_file_id"]),
        problems: (Array.isArray(problems) ? problems.map(objectOf) : []).map(({ code, line, message }) => ({
          code: String(code),
          message: String(message),
          line: typeof line === "number" ? line : null
        })),
        nDone: (Number(counts["completed"]) || 0) + (Number(counts["failed"]) || 0),
        nRequests: Number(counts["total"]) || 0
      }
    })
  }
}

const textOf = async (response: Response): Promise<string> => {
  const text = await responseText(response)
  if (text === null) throw new TooLong()
  return text
}

/** Each line of a body as soon as it is there. */
async function* linesIn({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let parts: Array<Uint8Array> = []
  let nBytes = 0
  for await (const chunk of body ?? []) {
    for (let start = 0, end = 0; end !== -1; start = end + 1) {
      end = chunk.indexOf(lineFeed, start)
      const part = chunk.subarray(start, end === -1 ? chunk.length : end)
      parts.push(part)
      nBytes += part.length
      if (nBytes > maxBodyBytes) throw new TooLong()
      if (end === -1) continue
      yield decoder.decode(Buffer.concat(parts, nBytes))
      parts = []
      nBytes = 0
    }
  }
  yield decoder.decode(Buffer.concat(parts, nBytes))
}

const lineFeed = 10

const lineOf = (value: unknown): BatchLine => {
  const { custom_id: key, error, response } = objectOf(value)
  const { body, status_code: status } = objectOf(response)
  const { code, message } = objectOf(error)
  return {
    key: String(key),
    response: typeof status === "number" ? { status, body } : null,
    problem: textOr(message) ?? textOr(code) ?? "a line without a response"
  }
}

/** An object as it is; anything else as an empty one. */
const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}

const textOr = (value: unknown): string | null => (typeof value === "string" ? value : null)

import * as querystring from "node:querystring"
import * as Effect from "effect/Effect"
import type OpenAI from "openai"
import {
  type Completion,
  LanguageModelError,
  type Provider,
  type ProviderSource,
  type Request
} from "../services/LanguageModel.ts"

/** Which model to ask, where, and how hard. */
export interface OpenAIOptions {
  /** The model that is asked where a stage names none. */
  readonly model: string
  /**
   * Base URL of any compatible server, up to and including `/v1`. Default `OPENAI_BASE_URL`, else OpenAI's own. A name and
   * password in it are sent as basic authentication, in place of a key.
   */
  readonly baseUrl?: string
  /** Name of the environment variable with the key. Default `OPENAI_API_KEY`. Servers without keys need none. */
  readonly keyVariable?: string
  /** Files answers under this name in place of the base URL, so that a server may move. */
  readonly endpointName?: string
  /** Calls in flight at once. Default 64. */
  readonly concurrency?: number
  /** Milliseconds before one try is given up. Default 120,000. */
  readonly timeoutMs?: number
  /** Tries after the first for 429, 5xx, time-outs and broken connections. Default 4. */
  readonly maxRetries?: number
  /** US dollars per million tokens; without it a cost is unknown, not zero. */
  readonly price?: { readonly inputPerMillion: number; readonly outputPerMillion: number }
  /** The field that carries the token limit. Default `max_completion_tokens`; many compatible servers know only `max_tokens`. */
  readonly maxTokensField?: "max_completion_tokens" | "max_tokens"
}

/** Takes the credentials out of a URL: they reach from the scheme to the last @ before the path. */
const readBaseUrl = (text: string): { readonly url: string; readonly credentials: string | null } => {
  const [whole, scheme, credentials] = /^(\w+:\/\/)([^/?#]*)@/.exec(text) ?? []
  const url = whole === undefined ? text : `${scheme}${text.slice(whole.length)}`
  return {
    url: url.replace(/\/+$/, ""),
    credentials: credentials === undefined ? null : querystring.unescape(credentials)
  }
}

/** An environment variable; an empty one counts as absent. */
const variable = (name: string): string | undefined => process.env[name] || undefined

const openAIUrl = "https://api.openai.com/v1"

/**
 * Asks OpenAI or any server that speaks its chat completions, through the `openai` SDK.
 *
 * The key is read from the environment at the first call, sent to the server, and written nowhere. Retries and back-off are
 * the SDK's. Structured answers are asked for as a JSON schema; whether they fit is checked by the stage.
 */
export const openai = (options: OpenAIOptions): ProviderSource =>
  Effect.sync(() => {
    const { url: baseUrl, credentials } = readBaseUrl(options.baseUrl ?? variable("OPENAI_BASE_URL") ?? openAIUrl)
    const basic = credentials === null ? null : Buffer.from(credentials).toString("base64")
    const keyVariable = options.keyVariable ?? "OPENAI_API_KEY"
    const fail = (reason: LanguageModelError["reason"], model: string, found: string, remedy: string) =>
      new LanguageModelError({ reason, provider: "openai", model, found: withoutSecrets(found), remedy })

    /** What a server says may repeat what it was sent. */
    const withoutSecrets = (text: string): string => {
      const password = credentials?.slice(credentials.indexOf(":") + 1)
      const secrets = [variable(keyVariable), basic, password].filter(
        (secret) => typeof secret === "string" && secret !== ""
      )
      return secrets.reduce<string>((rest, secret) => rest.replaceAll(secret!, "[secret]"), text)
    }

    let client: Promise<OpenAI> | undefined
    const start = Effect.fnUntraced(function* (model: string) {
      const key = variable(keyVariable)
      if (key === undefined && baseUrl === openAIUrl) {
        return yield* fail("authentication", model, `${keyVariable} is not set`, `set ${keyVariable} to your key`)
      }
      client ??= import("openai").then(
        (sdk) =>
          new sdk.default({
            apiKey: key ?? "none",
            baseURL: baseUrl,
            maxRetries: options.maxRetries ?? 4,
            timeout: options.timeoutMs ?? 120_000,
            defaultHeaders: basic === null ? {} : { Authorization: `Basic ${basic}` },
            logLevel: "off"
          })
      )
      return yield* Effect.promise(() => client!)
    })

    const body = (request: Request): OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming => ({
      model: request.model ?? options.model,
      messages: [...request.messages],
      ...given("temperature", request.temperature),
      ...given("top_p", request.topP),
      ...given(options.maxTokensField ?? "max_completion_tokens", request.maxTokens),
      ...given("seed", request.seed),
      ...given("stop", request.stop),
      ...given(
        "response_format",
        request.answer === undefined
          ? undefined
          : { type: "json_schema", json_schema: { ...request.answer, strict: true } }
      )
    })

    const provider: Provider = {
      name: "openai",
      endpoint: options.endpointName ?? baseUrl,
      defaultModel: options.model,
      simulated: false,
      capabilities: ["seed", "jsonSchema"],
      concurrency: options.concurrency ?? 64,
      canonical: body,
      complete: Effect.fnUntraced(function* (request) {
        const model = request.model ?? options.model
        const sdk = yield* start(model)
        const response = yield* Effect.tryPromise({
          try: (signal) => sdk.chat.completions.create(body(request), { signal }),
          catch: (cause) => {
            const { reason, found, remedy } = explain(cause, baseUrl, keyVariable)
            return fail(reason, model, found, remedy)
          }
        })
        // Servers that only resemble OpenAI's may leave out what the types promise.
        const choice = (response as Partial<typeof response> | null)?.choices?.[0]
        const message = (choice as Partial<OpenAI.Chat.Completions.ChatCompletion.Choice> | undefined)?.message
        if (choice === undefined || message === undefined) {
          return yield* fail("badRequest", model, "an answer without choices", speaksOtherwise)
        }
        if (typeof (message.content ?? "") !== "string") {
          return yield* fail("badRequest", model, "an answer whose content is no text", speaksOtherwise)
        }
        return completionOf(choice, response.model ?? model, response.usage)
      }),
      costUsd: (_model, usage) =>
        options.price === undefined
          ? null
          : (usage.promptTokens * options.price.inputPerMillion +
              usage.completionTokens * options.price.outputPerMillion) /
            1e6
    }
    return provider
  })

const speaksOtherwise = "check that the server speaks chat completions"

/** An object with the one key, or none when there is no value: a server gets no `null` it may not know. */
const given = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value })

const completionOf = (
  choice: OpenAI.Chat.Completions.ChatCompletion.Choice,
  model: string,
  usage: OpenAI.CompletionUsage | undefined | null
): Completion => {
  const refused = choice.message.refusal ?? null
  return {
    text: refused ?? choice.message.content ?? "",
    finishReason: refused === null ? finishReasonOf(choice.finish_reason) : "refusal",
    model,
    usage:
      Number.isFinite(usage?.prompt_tokens) && Number.isFinite(usage?.completion_tokens)
        ? { promptTokens: usage!.prompt_tokens, completionTokens: usage!.completion_tokens }
        : null,
    planted: null
  }
}

const finishReasonOf = (reason: string | null | undefined): Completion["finishReason"] => {
  if (reason === "stop" || reason === "length") return reason
  return reason === "content_filter" ? "contentFilter" : "other"
}

const slower = "raise timeoutMs or lower the concurrency; running again resumes"

const explain = (
  cause: unknown,
  baseUrl: string,
  keyVariable: string
): { readonly reason: LanguageModelError["reason"]; readonly found: string; readonly remedy: string } => {
  const problem = cause as {
    readonly name?: string
    readonly status?: number
    readonly code?: string
    readonly message?: string
  }
  const found =
    problem.status === undefined
      ? (problem.message ?? String(cause))
      : `status ${problem.status}, ${problem.message ?? "no message"}`
  const because = (reason: LanguageModelError["reason"], remedy: string) => ({ reason, found, remedy })
  if (problem.status === 401 || problem.status === 403) {
    return {
      reason: "authentication",
      found: `status ${problem.status}, the server refused the key`,
      remedy: `set ${keyVariable} to a key that this server accepts`
    }
  }
  if (problem.code === "insufficient_quota")
    return because("rateLimited", "add credit to the account; running again resumes")
  if (problem.status === 429)
    return because("rateLimited", "wait, or lower the provider's concurrency; running again resumes")
  if (problem.code === "context_length_exceeded")
    return because("contextTooLong", "shorten the prompt or take a model with more context")
  if (problem.code === "content_filter") return because("contentFilter", "the server's filter refused this row")
  if (problem.status === 408) return because("timedOut", slower)
  if (problem.status !== undefined && problem.status >= 500)
    return because("overloaded", "try later; running again resumes")
  if (problem.status !== undefined) return because("badRequest", "check the model name and the parameters")
  if (cause instanceof SyntaxError) return because("badRequest", speaksOtherwise)
  if (/timed? ?out/i.test(`${problem.name ?? ""} ${problem.message ?? ""}`)) return because("timedOut", slower)
  return because("unreachable", `check that ${baseUrl} can be reached; running again resumes`)
}

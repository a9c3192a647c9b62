import * as querystring from "node:querystring"
import * as Effect from "effect/Effect"
import { LanguageModelError } from "../services/LanguageModelError.ts"
import type { JournalError } from "../Journal.ts"
import type { Call, Capability, Limits, Price } from "../services/Provider.ts"
import { rateLimitHeaders } from "../services/rateLimitHeaders.ts"
import { checkEndpointOptions } from "./checkEndpointOptions.ts"
import { refusalMeaning, slower } from "./refusalMeaning.ts"
import { ServerSecrets } from "./ServerSecrets.ts"

/** Which model to ask on an OpenAI-compatible server, where, and how hard. */
export interface EndpointOptions {
  /** The model that is asked where a stage names none. */
  readonly model: string
  /**
   * Base URL of the server, up to and including `/v1`. Default `OPENAI_BASE_URL`, else OpenAI's own. A name and password in it
   * are sent as basic authentication, in place of a key. Several URLs share the load and stand in for each other; they need an
   * `endpointName`.
   */
  readonly baseUrl?: string | ReadonlyArray<string>
  /** Name of the environment variable with the key. Default `OPENAI_API_KEY`. Servers without keys need none. */
  readonly keyVariable?: string
  /** Files answers under this name in place of the base URL, so that a server may move. */
  readonly endpointName?: string
  /** Most calls in flight at once at each URL; fewer while it refuses them. Default 128. */
  readonly concurrency?: number
  /** Requests per minute at each URL. Default: what the server allows. */
  readonly requestsPerMinute?: number
  /** Tokens per minute at each URL, prompts and answers together. Default: what the server allows. */
  readonly tokensPerMinute?: number
  /** Milliseconds before one try is given up. Default 120,000. */
  readonly timeoutMs?: number
  /** Milliseconds of trying, and of waiting between tries, before a call is given up. Default 600,000. */
  readonly deadlineMs?: number
  /** Tries after the first for 5xx, time-outs and broken connections. Default 5. A 429 is tried again until the deadline. */
  readonly maxRetries?: number
  /**
   * Prices by model, 0 where a model costs nothing; without one a cost is unknown, not zero. Prices given here go before the table
   * of OpenAI's.
   */
  readonly prices?: Readonly<Record<string, Price>>
  /** The field that carries the token limit. Default `max_completion_tokens`; many compatible servers know only `max_tokens`. */
  readonly maxTokensField?: "max_completion_tokens" | "max_tokens"
  /** What the server can do; see `openAICapabilities` (the default) and `vllmCapabilities`. */
  readonly capabilities?: ReadonlyArray<Capability>
  /** Further fields of every request for completions, such as `top_k`, as this server knows them. Not those that decide its cost. */
  readonly extraBody?: Readonly<Record<string, unknown>>
  /** Which endpoint of vLLM serves the reward model. Default `/pooling`. */
  readonly rewardPath?: "/pooling" | "/classify" | "/score"
}

/** What OpenAI's own chat models can do. */
export const openAICapabilities: ReadonlyArray<Capability> = ["seed", "jsonSchema", "samples", "topLogProbs", "embed"]

/** What vLLM can do, given a model of the right kind: completions, log-probabilities, embeddings, rewards. */
export const vllmCapabilities: ReadonlyArray<Capability> = [
  ...openAICapabilities,
  "prefix",
  "scoreText",
  "scoreChat",
  "reward"
]

const openAIUrl = "https://api.openai.com/v1"

/** A server to talk to: where it is, how to show a key to it, and what its refusals mean. */
export interface Endpoint {
  /** Without credentials and without a slash at the end. */
  readonly baseUrl: string
  readonly isOpenAI: boolean
  readonly limits: Limits
  /** The URL behind a path as `Post` takes it. */
  readonly url: (path: string) => string
  /** The value of the authorization header, or null; fails when a key is needed and there is none. */
  readonly authorization: (model: string) => Effect.Effect<string | null, LanguageModelError>
  readonly fail: (
    reason: LanguageModelError["reason"],
    model: string,
    found: string,
    remedy: string,
    more?: Partial<Pick<LanguageModelError, "body" | "isUnreadable" | "mayBeBilled" | "retryAfterMs">>
  ) => LanguageModelError
  /** The error behind a response that is no success. `body` is its text or what was parsed from it. */
  readonly refusal: (model: string, response: Refused) => LanguageModelError
  /** The error of an answer that holds something else than was asked for; it has been paid. */
  readonly unusable: (model: string, found: string, answer: unknown) => LanguageModelError
  /** The error behind a connection that failed. */
  readonly broken: (model: string, cause: unknown) => LanguageModelError
  /**
   * The value in a JSON text of the server's. Secrets in it are replaced, and half characters (lone surrogates), which no file can hold,
   * by U+FFFD. Throws a `SyntaxError` where it is no JSON.
   */
  readonly valueOf: (text: string) => unknown
  /** The same for the text of a success, of which it says what is wrong. An error that comes with a status of success is an error. */
  readonly parsed: (
    model: string,
    text: string,
    contentType: string | null | undefined
  ) => Effect.Effect<unknown, LanguageModelError>
  /** The error of a body that does not end within `maxBodyBytes`. */
  readonly endless: (model: string) => LanguageModelError
}

/** Bytes of a body after which no more is read: a server that never stops must not fill the memory. `Bodies` bounds all together. */
export const maxBodyBytes = 64 * 1024 * 1024

/**
 * Sends a JSON body to a path and gives the parsed answer of a success; everything else is a typed error.
 *
 * A path with a slash in front is below the base URL; `root:` in front of it means beside the `/v1` of the base URL, where vLLM
 * keeps what is not OpenAI's.
 */
export type Post = (
  path: string,
  body: object,
  model: string,
  call: Call
) => Effect.Effect<unknown, LanguageModelError | JournalError>

/** A response whose status is no success. */
export interface Refused {
  readonly status: number
  readonly body: unknown
  readonly header: (name: string) => string | null | undefined
  /** When it came, in milliseconds since 1970; without it a `retry-after` that is a date counts as past. */
  readonly at?: number
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

/** The servers that options name, one for each base URL. Keys are read from the environment at each use. */
export const endpointsOf = (provider: string, options: EndpointOptions): ReadonlyArray<Endpoint> => {
  checkEndpointOptions(provider, options)
  const { baseUrl = variable("OPENAI_BASE_URL") ?? openAIUrl } = options
  const urls = typeof baseUrl === "string" ? [baseUrl] : baseUrl
  return urls.map((url) => endpointOf(provider, options, url))
}

const endpointOf = (provider: string, options: EndpointOptions, givenUrl: string): Endpoint => {
  const { credentials, url: baseUrl } = readBaseUrl(givenUrl)
  const isOpenAI = baseUrl === openAIUrl
  const keyVariable = options.keyVariable ?? "OPENAI_API_KEY"
  const secrets = new ServerSecrets(keyVariable, credentials)

  const fail: Endpoint["fail"] = (reason, model, found, remedy, more = {}) =>
    new LanguageModelError({ reason, provider, model, found: secrets.hideIn(found), remedy, ...more })
  const refusal: Endpoint["refusal"] = (model, response) => {
    const { found, mayBeBilled, reason, remedy } = refusalMeaning(response, keyVariable, (text) => secrets.hideIn(text))
    const { retryAfterMs } = rateLimitHeaders(response.header, response.at ?? Number.POSITIVE_INFINITY)
    return fail(reason, model, found, remedy, {
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
      // Of a key that is wrong, servers repeat a part, which nobody can find.
      ...(reason === "authentication" ? {} : { body: kept(response.body, (text) => secrets.hideIn(text)) }),
      ...(mayBeBilled || (reason === "malformed" && response.status < 300) ? { mayBeBilled: true } : {})
    })
  }

  return {
    baseUrl,
    isOpenAI,
    url: (path) =>
      path.startsWith("root:") ? baseUrl.replace(/\/v1$/, "") + path.slice("root:".length) : baseUrl + path,
    limits: {
      concurrency: options.concurrency ?? 128,
      requestsPerMinute: options.requestsPerMinute,
      tokensPerMinute: options.tokensPerMinute,
      timeoutMs: options.timeoutMs ?? 120_000,
      deadlineMs: options.deadlineMs ?? 600_000,
      maxRetries: options.maxRetries ?? 5
    },
    authorization: (model) =>
      Effect.suspend(() => {
        const { authorization } = secrets
        if (authorization !== null) {
          return notInKeys.test(authorization.slice(authorization.indexOf(" ") + 1))
            ? Effect.fail(
                fail(
                  "authentication",
                  model,
                  `${keyVariable} with a character that no key has, such as a blank, a line break or "…"`,
                  `set ${keyVariable} to the key alone`
                )
              )
            : Effect.succeed(authorization)
        }
        return isOpenAI
          ? Effect.fail(
              fail("authentication", model, `${keyVariable} is not set, or blank`, `set ${keyVariable} to your key`)
            )
          : Effect.succeed(null)
      }),
    fail,
    refusal,
    unusable: (model, found, answer) =>
      fail("malformed", model, found, speaksOtherwise, { mayBeBilled: true, body: kept(answer) }),
    broken: (model, cause) => {
      const chain = causes(cause)
      const text = chain.join(" ")
      const found = chain.at(-1)!
      // Whoever never heard us cannot bill us.
      const mayBeBilled = !unconnected.test(text)
      return mayBeBilled && /timed? ?out/i.test(text)
        ? fail("timedOut", model, found, slower, { mayBeBilled })
        : fail("unreachable", model, found, `check that ${baseUrl} can be reached; running again resumes`, {
            mayBeBilled
          })
    },
    valueOf: (text) => jsonIn(secrets.hideInAnswer(text)),
    parsed: (model, text, contentType) => {
      const answer = secrets.hideInAnswer(text)
      let value: unknown
      try {
        value = jsonIn(answer)
      } catch {
        const found = `an answer of type ${contentType ?? "unknown"} that is no JSON: ${excerpt(answer, secrets)}`
        return Effect.fail(
          fail("malformed", model, found, speaksOtherwise, {
            mayBeBilled: true,
            isUnreadable: true,
            body: kept(answer)
          })
        )
      }
      return isError(value)
        ? Effect.fail(refusal(model, { status: 200, body: value, header: () => null }))
        : Effect.succeed(value)
    },
    endless: (model) =>
      fail("malformed", model, `an answer of more than ${maxBodyBytes / 2 ** 20} MiB`, speaksOtherwise, {
        mayBeBilled: true
      })
  }
}

/** Characters of a body that are kept for the log of calls. */
const longestKept = 20_000

/** A body as text, of a long one the beginning; secrets go before it is cut, because half a key is still a secret. */
const kept = (body: unknown, hideIn: (text: string) => string = (text) => text): string => {
  const hidden = (_: string, value: unknown) => (typeof value === "string" ? hideIn(value) : value)
  const text = hideIn(typeof body === "string" ? body : (JSON.stringify(body, hidden) ?? ""))
  return text.length <= longestKept
    ? text
    : `${text.slice(0, longestKept).toWellFormed()} … (${text.length.toLocaleString("en")} characters)`
}

/** What to do about an answer in another form. */
export const speaksOtherwise = "check that the server speaks OpenAI's formats"

/**
 * What is said where no connection came about: no such host, a port that `fetch` does not call, nobody there at one address or at any of
 * several, or somebody with whom no key could be agreed.
 */
const unconnected =
  /ENOTFOUND|EAI_AGAIN|bad port|\bconnect E[A-Z]+|AggregateError \(E[A-Z]+\)|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|_CERT|CERT_|UNABLE_TO_VERIFY|ERR_TLS|WRONG_VERSION_NUMBER|PACKET_LENGTH/

/** What no header may hold, and blanks, which its value may hold and a key does not. */
const notInKeys = /[^\x21-\x7e\x80-\xff]/

/** How JSON may write half a character; the other half may follow. */
const halfCharacter = /\\ud[89a-f]/i

const jsonIn = (text: string): unknown => (halfCharacter.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text))

const wellFormed = (_: string, value: unknown): unknown => (typeof value === "string" ? value.toWellFormed() : value)

/** Gateways send an error with status 200. */
const isError = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  ["object", "string"].includes(typeof (value as Loose)["error"]) &&
  (value as Loose)["error"] !== null &&
  !("choices" in value || "data" in value)

const excerpt = (text: string, secrets: ServerSecrets): string => {
  const line = secrets.hideIn(text).slice(0, 200).replaceAll(/\s+/g, " ").trim()
  return line === "" ? "nothing" : `"${line.slice(0, 80)}"`
}

/** What an error and the errors behind it say, the innermost last: clients wrap what the socket said. */
const causes = (outermost: unknown): ReadonlyArray<string> => {
  const said: Array<string> = []
  for (let error = outermost; error !== undefined && error !== null && said.length < 5;) {
    const { cause, code, message, name } = (typeof error === "object" ? error : { message: error }) as Loose
    const text = [message, name].find(isText) ?? "an error without a message"
    said.push(isText(code) && !text.includes(code) ? `${text} (${code})` : text)
    error = cause
  }
  return said.length === 0 ? ["an error without a message"] : said
}

type Loose = Readonly<Record<string, unknown>>

const isText = (part: unknown): part is string => typeof part === "string" && part !== ""

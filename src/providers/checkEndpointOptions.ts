import * as querystring from "node:querystring"
import { WiringError } from "../Pipeline.ts"
import type { Price } from "../services/Provider.ts"
import type { EndpointOptions } from "./Endpoint.ts"
import { secretField } from "./secretField.ts"

/**
 * Refuses options of a server with which no call could be made, before the first one.
 *
 * Throws a `WiringError` that names the option, what was found, what was expected and what to do. URLs are told without what stands before
 * the host and after the path, where secrets may be.
 */
export const checkEndpointOptions = (provider: string, options: EndpointOptions): void => {
  const refuse = (option: string, found: string, expected: string): never => {
    throw new WiringError(`Cannot use ${provider}: found ${option} ${found}, expected ${expected}`)
  }
  for (const [option, { expected, isRight }] of Object.entries(numbers)) {
    const value = options[option as keyof typeof numbers]
    if (value !== undefined && !isRight(value)) refuse(option, String(value), expected)
  }
  const baseUrl = options.baseUrl ?? (process.env["OPENAI_BASE_URL"] || undefined)
  const urls = baseUrl === undefined ? [] : typeof baseUrl === "string" ? [baseUrl] : baseUrl
  if (baseUrl !== undefined && urls.length === 0) refuse("baseUrl", "without a URL", "one or more")
  if (urls.length > 1 && options.endpointName === undefined) {
    refuse("baseUrl", `with ${urls.length} URLs and no endpointName`, "a name under which the answers of all are filed")
  }
  for (const field of Object.keys(options.extraBody ?? {})) {
    const instead = ownFields.get(field)
    if (instead !== undefined) {
      refuse("extraBody", `with "${field}"`, `fields that Prefloom does not set itself; ${instead}`)
    }
  }
  const secret = secretField(options.extraBody ?? {})
  if (secret !== null) refuse("extraBody", `with "${secret}"`, `fields without secrets; ${key}`)
  checkNames(options, refuse)
  checkPrices(options.prices ?? {}, (found, expected) => refuse("prices", found, expected))
  for (const url of urls) checkUrl(url, (found, expected) => refuse("baseUrl", found, expected))
}

/** Passes to `refuse` what is wrong with names that are written down: a key in place of the name of its variable, for instance. */
const checkNames = (
  { endpointName = "", keyVariable = "OPENAI_API_KEY" }: EndpointOptions,
  refuse: (option: string, found: string, expected: string) => never
): void => {
  if (!/^\w*$/.test(keyVariable) || secretField({ text: keyVariable }, {}) !== null) {
    refuse("keyVariable", "that is no name of a variable", 'the name of the one that holds the key, such as "MY_KEY"')
  }
  if (secretField({ text: endpointName }) !== null) {
    refuse(
      "endpointName",
      "that holds a key, or begins as one does",
      "a name for the endpoint; it is written to the journal"
    )
  }
  if (/:\/\/[^/?#]*@/.test(endpointName)) {
    refuse(
      "endpointName",
      "with a name or password before the host",
      "a name without these; it is written to the journal"
    )
  }
}

/** Passes to `refuse` what is wrong with prices: an answer whose cost is no number could not be kept, though it is paid for. */
const checkPrices = (prices: object, refuse: (found: string, expected: string) => never): void => {
  if (typeof prices !== "object" || Array.isArray(prices)) {
    refuse(
      "that are no object",
      'prices by model, such as { "gpt-5-mini": { inputPerMillion: 0.25, outputPerMillion: 2 } }'
    )
  }
  for (const [model, price] of Object.entries(prices) as ReadonlyArray<[string, unknown]>) {
    if (typeof price !== "object" || price === null) {
      refuse(
        `with "${model}" and the price ${inWords(price)}`,
        "an object with inputPerMillion and outputPerMillion; leave out a model whose price is not known"
      )
    }
    const { cachedInputPerMillion, cacheWritePerMillion, inputPerMillion, outputPerMillion } = price as Partial<Price>
    const parts = Object.entries({
      inputPerMillion,
      outputPerMillion,
      ...(cachedInputPerMillion === undefined ? {} : { cachedInputPerMillion }),
      ...(cacheWritePerMillion === undefined ? {} : { cacheWritePerMillion })
    })
    for (const [part, dollars] of parts) {
      if (Number.isFinite(dollars) && dollars! >= 0) continue
      refuse(
        `with "${model}" and ${dollars === undefined ? `no ${part}` : `${part} ${inWords(dollars)}`}`,
        "US dollars per million tokens, a number of 0 or more; write 0 for what costs nothing"
      )
    }
  }
}

const inWords = (value: unknown): string =>
  typeof value === "number" || typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? typeof value)

/** Passes what is wrong with a base URL to `refuse`. */
const checkUrl = (text: string, refuse: (found: string, expected: string) => never): void => {
  // To the last @ of all, as a password may hold what ends the host.
  const bare = text.replace(/^(\w+:\/\/)?.*@/s, "$1")
  const shown = bare.replace(/[?#].*$/s, "")
  const places = [shown, querystring.unescape(shown)]
  if (secretField({ text: places.flatMap((place) => [place, ...place.split("/")]) }) !== null) {
    refuse("with a key in its path", `a URL without secrets; ${key}`)
  }
  if (/[/?#].*@/s.test(text.replace(/^\w+:\/\//, ""))) {
    refuse(
      `"${shown}" with "/", "?" or "#" before "@"`,
      "a name and password in which these are %2F, %3F and %23, and a path in which @ is %40"
    )
  }
  if (!/^https?:\/\/[^/]/i.test(shown) || !URL.canParse(shown)) {
    refuse(`"${shown}"`, 'the URL of a server up to and including "/v1", such as "http://localhost:8000/v1"')
  }
  if (bare !== shown) {
    refuse(
      `"${shown}" with something behind "?" or "#"`,
      "a URL that ends in its path; a key goes into the environment (keyVariable), fields of requests into extraBody"
    )
  }
}

const limit = "limit answers with the stage's maxTokens; maxTokensField names the field that carries it"

const key =
  "put the key into the environment and name the variable with keyVariable; URLs and requests are written to the journal"

/** Fields of requests that decide what is asked and what it costs, or hold what no file may, each with what to do instead. */
const ownFields: ReadonlyMap<string, string> = new Map(
  Object.entries({
    model: "name the model in the option model, or in the stage",
    messages: "give the stage its prompts",
    n: "ask for several answers with the stage's n",
    max_tokens: limit,
    max_completion_tokens: limit,
    stream: "leave it out, as answers are read whole",
    api_key: key,
    apiKey: key,
    key,
    authorization: key
  })
)

interface Wanted {
  readonly expected: string
  readonly isRight: (value: number) => boolean
}

/** The longest time a timer can wait, in milliseconds: about 25 days. */
const longestTimer = 2 ** 31 - 1

const isWithin = (least: number, most: number) => (value: number) => value >= least && value <= most

const milliseconds: Wanted = {
  expected: `milliseconds from 1 to ${longestTimer}`,
  isRight: isWithin(1, longestTimer)
}

const perMinute: Wanted = { expected: "a number above 0", isRight: (value) => value > 0 }

const numbers = {
  concurrency: {
    expected: "a whole number of calls, 1 or more",
    isRight: (value: number) => Number.isSafeInteger(value) && value >= 1
  },
  requestsPerMinute: perMinute,
  tokensPerMinute: perMinute,
  timeoutMs: milliseconds,
  deadlineMs: milliseconds,
  maxRetries: {
    expected: "a whole number, 0 or more",
    isRight: (value: number) => Number.isSafeInteger(value) && value >= 0
  }
} satisfies Partial<Record<keyof EndpointOptions, Wanted>>

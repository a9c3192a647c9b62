import { errorReply, type Reply } from "./ServedModel.ts"

/** What the server refuses with 429. */
export interface Limits {
  /** Requests that are answered at once; one more is refused at once. */
  readonly maxInFlight?: number
  /** A bucket that holds `burst` requests, 1 by default, and gains `rate` a second. */
  readonly perSecond?: {
    readonly rate: number
    readonly burst?: number
    /** Tells when the next request fits, in `retry-after` (seconds, rounded up) and `retry-after-ms`. Default false. */
    readonly retryAfter?: boolean
  }
  /** Limits a minute, counted and sent in every answer's `x-ratelimit-*` headers as OpenAI does. */
  readonly rateHeaders?: { readonly requestsPerMinute: number; readonly tokensPerMinute: number }
}

/** A duration as OpenAI writes it: `12ms`, `1.5s`, `6m0s`. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms / 10) / 100
  const whole = Math.ceil(seconds)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(whole / 60)}m${whole % 60}s`
}

/** A bucket that is full at the start and gains evenly. */
class Bucket {
  readonly size: number
  readonly #perMs: number
  #level: number
  #at = performance.now()

  constructor(size: number, perMs: number) {
    this.size = size
    this.#perMs = perMs
    this.#level = size
  }

  get level(): number {
    const now = performance.now()
    this.#level = Math.min(this.size, this.#level + (now - this.#at) * this.#perMs)
    this.#at = now
    return this.#level
  }

  /** Milliseconds until it holds so much. */
  msUntil(amount: number): number {
    return Math.max(0, amount - this.level) / this.#perMs
  }

  take(amount: number): void {
    this.#level = this.level - amount
  }
}

/** Counts requests against limits. */
export class FaultLimits {
  readonly #limits: Limits
  readonly #second: Bucket | undefined
  readonly #minute: { readonly requests: Bucket; readonly tokens: Bucket } | undefined

  constructor(limits: Limits) {
    const { perSecond, rateHeaders } = limits
    this.#limits = limits
    this.#second = perSecond && new Bucket(perSecond.burst ?? 1, perSecond.rate / 1000)
    this.#minute = rateHeaders && {
      requests: new Bucket(rateHeaders.requestsPerMinute, rateHeaders.requestsPerMinute / 60_000),
      tokens: new Bucket(rateHeaders.tokensPerMinute, rateHeaders.tokensPerMinute / 60_000)
    }
  }

  /** Refuses a request that does not fit, or takes its share of the limits. `tokens` is the most that it may cost. */
  refusal(nAnswering: number, tokens: number): Reply | null {
    if (nAnswering >= (this.#limits.maxInFlight ?? Number.POSITIVE_INFINITY)) {
      return tooMany("Too many requests at once", "concurrency", {})
    }
    const second = this.#second
    const wait = second?.msUntil(1) ?? 0
    if (wait > 0) return tooMany("Too many requests a second", "requests", this.#afterHeaders(wait))
    const minute = this.#minute
    if (minute !== undefined) {
      const name = minute.requests.msUntil(1) > 0 ? "requests" : minute.tokens.msUntil(tokens) > 0 ? "tokens" : null
      if (name !== null) {
        const ms = minute[name].msUntil(name === "requests" ? 1 : tokens)
        const message = `Rate limit reached on ${name} per min: Limit ${minute[name].size}. Please try again in ${duration(ms)}.`
        return tooMany(message, name, retryAfterHeaders(ms))
      }
      minute.requests.take(1)
      minute.tokens.take(tokens)
    }
    second?.take(1)
    return null
  }

  /** The headers of an answer. */
  headers(): Readonly<Record<string, string>> {
    const minute = this.#minute
    if (minute === undefined) return {}
    return Object.fromEntries(
      (["requests", "tokens"] as const).flatMap((name) => [
        [`x-ratelimit-limit-${name}`, String(minute[name].size)],
        [`x-ratelimit-remaining-${name}`, String(Math.floor(minute[name].level))],
        [`x-ratelimit-reset-${name}`, duration(minute[name].msUntil(minute[name].size))]
      ])
    )
  }

  #afterHeaders(ms: number): Readonly<Record<string, string>> {
    return this.#limits.perSecond?.retryAfter === true ? retryAfterHeaders(ms) : {}
  }
}

const retryAfterHeaders = (ms: number) => ({
  "retry-after": String(Math.ceil(ms / 1000)),
  "retry-after-ms": String(Math.ceil(ms))
})

const tooMany = (message: string, type: string, headers: Readonly<Record<string, string>>): Reply => ({
  ...errorReply(429, message, { type, code: "rate_limit_exceeded" }),
  headers
})

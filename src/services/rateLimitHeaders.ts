/** What a server says about its limits; what it does not say is null. */
export interface RateLimits {
  /** Milliseconds to wait before the next try. */
  readonly retryAfterMs: number | null
  /** Requests left until the reset. */
  readonly remainingRequests: number | null
  readonly requestsResetMs: number | null
  readonly remainingTokens: number | null
  readonly tokensResetMs: number | null
}

/**
 * Reads `retry-after` (seconds or a date), `retry-after-ms` and the `x-ratelimit-…` headers of OpenAI and compatible servers.
 *
 * A value in another form than the documented ones counts as absent. `now` is in milliseconds since 1970. The headers are
 * described in RFC 9110, section 10.2.3, and in OpenAI's guide to rate limits, where a reset is a duration such as `6m0s`.
 */
export const rateLimitHeaders = (header: (name: string) => string | null | undefined, now: number): RateLimits => {
  const milliseconds = count(header("retry-after-ms"))
  return {
    retryAfterMs: milliseconds ?? retryAfter(header("retry-after"), now),
    remainingRequests: count(header("x-ratelimit-remaining-requests")),
    requestsResetMs: duration(header("x-ratelimit-reset-requests")),
    remainingTokens: count(header("x-ratelimit-remaining-tokens")),
    tokensResetMs: duration(header("x-ratelimit-reset-tokens"))
  }
}

const count = (text: string | null | undefined): number | null =>
  text != null && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null

const retryAfter = (text: string | null | undefined, now: number): number | null => {
  const seconds = count(text)
  if (seconds !== null) return seconds * 1000
  const at = text == null || !/[a-z]/i.test(text) ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const duration = (text: string | null | undefined): number | null => {
  if (text == null) return null
  const seconds = count(text)
  if (seconds !== null) return seconds * 1000
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text.trim()) return null
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * unitMs[unit!]!, 0)
}

import type { Limits } from "./Provider.ts"
import type { RateLimits } from "./rateLimitHeaders.ts"

/** How a try ended, as far as the load of its endpoint is concerned. */
export type TryOutcome = "answered" | "refused" | "neutral"

/** A try under way. */
export interface Lane {
  readonly startedAt: number
  readonly tokens: number
}

/** Refusals up to this share of the tries are no matter of load. */
const scattered = 0.05
/** The same where fewer lanes were seen not to help; a larger share is never taken for usual. */
const maxUsual = 0.35
/** Standard deviations above the usual share that chance is not believed to reach. */
const surprising = 4

/** Tries before a window says something. */
const enough = 20

const minWindowMs = 200
const maxCoolingMs = 5000
const maxHoldMs = 60_000

/**
 * How many calls one endpoint may have in flight, found out by what it refuses.
 *
 * Outcomes (answers, and refusals: 429s and time-outs) are looked at in windows of at least 20 tries and twice the mean latency.
 * While refusals are not surprisingly more than 5 % of the tries the number of lanes grows to what was asked for, so scattered
 * refusals cost nothing. Above that it falls to what the endpoint really carried in that window, which by Little's law is
 * throughput times latency; from there it feels its way back, a quarter of the distance at a time. If fewer lanes do not
 * make refusals rarer, they are no matter of load: the old number comes back and that share of refusals counts as usual. A
 * refused try keeps its lane for one mean latency, so that an endpoint which refuses fast is not asked faster for it.
 *
 * Requests and tokens per minute are evened out over the minute, and a server that says it has none left is left alone until
 * its reset. Times are in milliseconds of any one clock; all methods are plain arithmetic.
 */
export class Lanes {
  /** Calls in flight. */
  inFlight = 0
  #limit: number
  /** The lowest number of lanes that was too many. */
  #tooMany = Number.POSITIVE_INFINITY
  #nCalm = 0
  #usualRate = 0
  #lowered: { readonly from: number; readonly rate: number } | null = null
  #window: Window
  #meanLatencyMs = 0
  #heldUntil = 0
  #refusedInRow = 0
  /** When lanes that were refused open again, in order. */
  readonly #cooling: Array<number> = []
  #requestsAt = Number.NEGATIVE_INFINITY
  #tokensAt = Number.NEGATIVE_INFINITY
  readonly #limits: Limits

  constructor(limits: Limits, now: number) {
    this.#limits = limits
    // What may take as long as it likes is no matter of load.
    this.#limit = limits.timeoutMs === null ? limits.concurrency : Math.min(limits.concurrency, 64)
    this.#window = newWindow(now)
  }

  /** Calls that may be in flight at the moment. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** When a call of so many tokens may start: at `now` or before, at a later moment, or, with Infinity, when another ends. */
  freeAt(now: number, tokens: number): number {
    while (this.#cooling.length > 0 && this.#cooling[0]! <= now) this.#cooling.shift()
    if (this.inFlight >= this.limit) return Number.POSITIVE_INFINITY
    const cooled =
      this.inFlight + this.#cooling.length < this.limit
        ? now
        : this.#cooling[this.inFlight + this.#cooling.length - this.limit]!
    return Math.max(cooled, this.limitedUntil(tokens))
  }

  /** Until when requests and tokens per minute, and what the endpoint said, hold off a call of so many tokens; the past where nothing does. */
  limitedUntil(tokens: number): number {
    const { requestsPerMinute, tokensPerMinute } = this.#limits
    // A second's worth may go at once.
    const byRequests = requestsPerMinute === undefined ? 0 : this.#requestsAt - 1000
    const byTokens = tokensPerMinute === undefined || tokens === 0 ? 0 : this.#tokensAt - 1000
    return Math.max(this.#heldUntil, byRequests, byTokens)
  }

  /** Takes a lane; only after `freeAt` has allowed it. */
  begin(now: number, tokens: number): Lane {
    this.inFlight++
    if (this.inFlight + this.#cooling.length >= this.limit) this.#window.isFull = true
    const { requestsPerMinute, tokensPerMinute } = this.#limits
    if (requestsPerMinute !== undefined) this.#requestsAt = Math.max(this.#requestsAt, now) + 60_000 / requestsPerMinute
    if (tokensPerMinute !== undefined)
      this.#tokensAt = Math.max(this.#tokensAt, now) + (tokens * 60_000) / tokensPerMinute
    return { startedAt: now, tokens }
  }

  /** Gives a lane back. `tokens` is what the call really took, null where nobody knows. */
  end(lane: Lane, outcome: TryOutcome, now: number, tokens: number | null = null): void {
    this.inFlight--
    const { tokensPerMinute } = this.#limits
    if (tokensPerMinute !== undefined && tokens !== null) {
      this.#tokensAt += ((tokens - lane.tokens) * 60_000) / tokensPerMinute
    }
    const latencyMs = now - lane.startedAt
    if (outcome === "answered") {
      this.#refusedInRow = 0
      this.#meanLatencyMs = this.#meanLatencyMs === 0 ? latencyMs : 0.95 * this.#meanLatencyMs + 0.05 * latencyMs
    } else if (outcome === "refused") {
      this.#refusedInRow++
      this.#cooling.push(now + Math.min(maxCoolingMs, Math.max(1, this.#meanLatencyMs)))
    }
    // What started before the window says nothing about the present number of lanes.
    if (lane.startedAt < this.#window.startedAt || outcome === "neutral") return
    if (outcome === "answered") {
      this.#window.nAnswered++
      this.#window.latencyMs += latencyMs
    } else this.#window.nRefused++
    this.#judge(now)
  }

  /** Minds what the endpoint says about its limits. */
  heard(limits: RateLimits, now: number): void {
    const hold = (ms: number | null) => {
      if (ms !== null) this.#heldUntil = Math.max(this.#heldUntil, now + Math.min(ms, maxHoldMs))
    }
    if (limits.remainingRequests === 0) hold(limits.requestsResetMs)
    if (limits.remainingTokens === 0) hold(limits.tokensResetMs)
    // One refused call among answered ones waits alone; when all are refused the endpoint means everybody.
    if (this.#refusedInRow >= Math.max(8, this.limit)) hold(limits.retryAfterMs)
  }

  #judge(now: number): void {
    const { startedAt, nAnswered, nRefused, isFull, latencyMs } = this.#window
    const nTries = nAnswered + nRefused
    const elapsedMs = now - startedAt
    const isClear = nRefused >= enough && nRefused > nAnswered
    if (nTries < enough || (elapsedMs < Math.max(minWindowMs, 2 * this.#meanLatencyMs) && !isClear)) return
    const rate = nRefused / nTries
    const usual = Math.max(scattered, 1.5 * this.#usualRate)
    const isSurprising = nRefused - nTries * usual > surprising * Math.sqrt(nTries * usual * (1 - usual))
    // A few more refusals than usual may become many: the window stays open until that is clear.
    if (!isSurprising && rate > usual && nTries < 20 * enough) return
    this.#window = newWindow(now)
    const lowered = this.#lowered
    this.#lowered = null
    if (!isSurprising) {
      this.#usualRate += 0.1 * Math.min(0, rate - this.#usualRate)
      const isUnknown = this.#tooMany === Number.POSITIVE_INFINITY
      if (isFull && rate <= (isUnknown ? usual : Math.max(usual / 2, 1.2 * this.#usualRate))) this.#grow()
    } else if (lowered !== null && rate > 0.5 * lowered.rate && rate < maxUsual) {
      this.#usualRate = rate
      this.#limit = lowered.from
      this.#tooMany = Number.POSITIVE_INFINITY
    } else {
      const meanMs = nAnswered === 0 ? 0 : latencyMs / nAnswered
      const carried =
        nAnswered >= enough / 2 && elapsedMs > 1.5 * meanMs ? latencyMs / (elapsedMs - meanMs) : this.inFlight
      this.#lowered = this.limit > 1 ? { from: this.#limit, rate } : null
      this.#tooMany = this.#limit
      this.#nCalm = 0
      this.#limit = Math.max(1, Math.min(Math.ceil(carried), this.limit - 1))
    }
  }

  #grow(): void {
    this.#nCalm++
    const probe = Math.min(0.25, 0.02 * 2 ** Math.max(0, this.#nCalm - 5)) * this.#limit
    const step = Math.max(1, probe, (Math.min(this.#tooMany, 2 * this.#limit) - this.#limit) / 4)
    const first = this.#tooMany === Number.POSITIVE_INFINITY ? this.#limit : step
    this.#limit = Math.min(this.#limits.concurrency, this.#limit + first)
  }
}

interface Window {
  readonly startedAt: number
  nAnswered: number
  nRefused: number
  /** Sum over the answered tries. */
  latencyMs: number
  /** Whether all lanes were taken at some moment: if not, more would not be used. */
  isFull: boolean
}

const newWindow = (startedAt: number): Window => ({ startedAt, nAnswered: 0, nRefused: 0, latencyMs: 0, isFull: false })

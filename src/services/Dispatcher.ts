import * as Effect from "effect/Effect"
import type { Budget, Refusal, WorstCase } from "../Budget.ts"
import type { Control } from "../Control.ts"
import type { RouteCounts } from "../Progress.ts"
import { Breaker } from "./Breaker.ts"
import { type Lane, Lanes, type TryOutcome } from "./Lanes.ts"
import type { Route } from "./Provider.ts"
import { rateLimitHeaders } from "./rateLimitHeaders.ts"

/** A call that wants to start. */
export interface Ticket {
  readonly model: string
  /** What its answer is filed under. */
  readonly key: string
  readonly worst: WorstCase
  /** Retries go first, so that no call grows old. */
  readonly isRetry: boolean
  /** The request may be at fault itself if it fails where the endpoint is there. */
  readonly isDoubted: boolean
  /** The endpoint that failed last: another one is taken where there is one. */
  readonly avoid: Route | null
}

/** A call that may be sent now. */
export interface Started {
  readonly route: Route
  readonly heard: (header: (name: string) => string | null | undefined) => void
  readonly line: Line
  readonly lane: Lane
  readonly isTrial: boolean
  readonly isDoubted: boolean
}

interface Line {
  readonly route: Route
  readonly lanes: Lanes
  readonly breaker: Breaker
  readonly counts: RouteCounts
  /** When calls that its limit refused are tried again. */
  readonly retriesAt: Set<{ readonly at: number }>
  /** False as long as no call is known to have come through to it. */
  wasReached: boolean
}

interface Waiting {
  readonly ticket: Ticket
  readonly started: (outcome: Started | { readonly refusal: Refusal }) => void
}

/** The moment and the means to wait, of whatever clock. */
export interface Timer {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => void
}

/**
 * Decides which call starts when, and on which route.
 *
 * A call needs a free lane of a route that is up, room in the budget, and the leave of whoever controls the run. Waiting calls
 * start in the order they came, retries first; among free routes the one with the smallest share of its lanes taken is used.
 */
export class Dispatcher {
  readonly #lines: ReadonlyArray<Line>
  readonly #control: Control
  readonly #budget: Budget
  readonly #timer: Timer
  readonly #retries: Array<Waiting> = []
  readonly #fresh: Array<Waiting> = []
  #nDraining = 0
  #isPumping = false
  #wasPaused = false
  /** When a pause ended last. */
  #resumedAt = Number.NEGATIVE_INFINITY
  #wakeAt = Number.POSITIVE_INFINITY
  readonly #idle: Array<() => void> = []

  constructor(
    routes: ReadonlyArray<Route>,
    parts: {
      readonly control: Control
      readonly budget: Budget
      readonly timer: Timer
      readonly countsOf: (endpoint: string) => RouteCounts
    }
  ) {
    this.#control = parts.control
    this.#budget = parts.budget
    this.#timer = parts.timer
    const now = parts.timer.now()
    this.#lines = routes.map((route) => ({
      route,
      lanes: new Lanes(route.limits, now),
      breaker: new Breaker(),
      counts: parts.countsOf(route.endpoint),
      retriesAt: new Set(),
      wasReached: false
    }))
    for (const line of this.#lines) {
      line.counts.limitedMs = () => this.#limitedMs(line)
      this.#show(line)
    }
  }

  /** Puts a call in the queue; `started` is told, perhaps at once, when it may be sent, or why it never may. */
  start(ticket: Ticket, started: Waiting["started"]): void {
    this.#queueOf(ticket).push({ ticket, started })
    this.pump()
  }

  /** Gives the place in the queue up. */
  leave(ticket: Ticket): void {
    const queue = this.#queueOf(ticket)
    const place = queue.findIndex((waiting) => waiting.ticket === ticket)
    if (place >= 0) queue.splice(place, 1)
    this.pump()
  }

  /** Gives the lane back; the call stays in flight until `settle`. */
  finish(started: Started, end: TryEnd): void {
    const { breaker, lanes } = started.line
    const { endpoint } = end
    const now = this.#timer.now()
    if (endpoint === "takenBack") breaker.takenBack(started.isTrial)
    else {
      if (endpoint === "answered") breaker.answered()
      else if (started.isDoubted && endpoint.mayBeRows && !started.isTrial) breaker.takenBack(false)
      else breaker.failed(endpoint.problem, now, started.isTrial)
      if (endpoint === "answered" || endpoint.isReached) started.line.wasReached = true
    }
    lanes.end(started.lane, end.outcome, now, end.tokens)
    this.#show(started.line)
    this.pump()
  }

  /** Books what the call cost, once it is written down, and ends it. */
  settle({ route }: Started, { model, worst }: Ticket, real: WorstCase): void {
    this.#budget.settle(model, worst, real)
    if (route.resumable === undefined) this.#control.count(-1)
    if (this.#control.busy === 0) for (const wake of this.#idle.splice(0)) wake()
    this.pump()
  }

  /** Waits before a call that the limit of a route refused is tried again. */
  backOff(route: Route, ms: number): Effect.Effect<void> {
    const { retriesAt } = this.#lines.find((line) => line.route === route)!
    return Effect.suspend(() => {
      const retry = { at: this.#timer.now() + ms }
      retriesAt.add(retry)
      return Effect.ensuring(
        Effect.sleep(ms),
        Effect.sync(() => retriesAt.delete(retry))
      )
    })
  }

  /** Lets the calls in flight end and starts no other one meanwhile. */
  get drained(): Effect.Effect<void> {
    return this.whenDrained(() => {})
  }

  /** Lets the calls in flight end and does something before another one starts. */
  whenDrained(act: () => void): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#control.busy === 0) return Effect.sync(act)
      this.#nDraining++
      return Effect.ensuring(
        Effect.callback<void>((resume) => {
          this.#idle.push(() => {
            act()
            resume(Effect.void)
          })
        }),
        Effect.sync(() => {
          this.#nDraining--
          this.pump()
        })
      )
    })
  }

  /**
   * How long no route has answered, what they did last, and whether one was ever reached; null while one is up. What lies before the
   * end of a pause does not count. A route that was never reached is down from the first failure on, because it may have been none
   * from the beginning.
   */
  down(): Down | null {
    if (!this.#lines.every(isDown)) return null
    const since = Math.max(...this.#lines.map(({ breaker }) => breaker.failingSince))
    const problems = new Set(this.#lines.map(({ breaker }) => breaker.problem))
    return {
      forMs: this.#timer.now() - Math.max(since, this.#resumedAt),
      problem: [...problems].join("; "),
      wasReached: this.#lines.some(({ wasReached }) => wasReached)
    }
  }

  /** Starts what may start. To be called after every change. */
  pump(): void {
    // A call that starts may end at once and pump again: the loop that started it goes on anyway.
    if (this.#isPumping) return
    if (this.#wasPaused && !this.#control.paused) this.#resumedAt = this.#timer.now()
    this.#wasPaused = this.#control.paused
    this.#isPumping = true
    try {
      this.#startAll()
    } finally {
      this.#isPumping = false
    }
  }

  #startAll(): void {
    for (;;) {
      const queue = this.#retries.length > 0 ? this.#retries : this.#fresh
      const [next] = queue
      if (next === undefined) return
      if (this.#nDraining > 0 || !this.#control.mayStart()) return
      const { ticket } = next
      const line = this.#freeLine(ticket)
      if (line === null) return
      // Answers of a resumable route may take days: what they cost is not waited for.
      if (line.route.resumable === undefined && !this.#budget.mayTry(ticket.model)) return
      // What a batch goes on with costs as well where the same is asked live.
      const heldUnder = line.route.resumable === undefined ? null : ticket.key
      const reserved = this.#budget.reserve(ticket.model, ticket.worst, heldUnder)
      if (reserved === "wait") return
      queue.shift()
      next.started(reserved === "reserved" ? this.#begin(line, ticket) : { refusal: reserved })
    }
  }

  #queueOf({ isRetry }: Ticket): Array<Waiting> {
    return isRetry ? this.#retries : this.#fresh
  }

  #begin(line: Line, ticket: Ticket): Started {
    const isTrial = line.breaker.begin()
    const lane = line.lanes.begin(this.#timer.now(), ticket.worst.tokens ?? 0)
    if (line.route.resumable === undefined) this.#control.count(1)
    this.#show(line)
    return {
      route: line.route,
      line,
      lane,
      isTrial,
      isDoubted: ticket.isDoubted,
      heard: (header) => {
        const now = this.#timer.now()
        line.lanes.heard(rateLimitHeaders(header, now), now)
      }
    }
  }

  #freeLine(ticket: Ticket): Line | null {
    const now = this.#timer.now()
    let best: Line | null = null
    let earliest = Number.POSITIVE_INFINITY
    for (const line of this.#lines) {
      const at = Math.max(line.breaker.freeAt(now), line.lanes.freeAt(now, ticket.worst.tokens ?? 0))
      earliest = Math.min(earliest, at)
      if (at > now) continue
      if (best === null || isBetter(line, best, ticket.avoid)) best = line
    }
    if (best === null && earliest < this.#wakeAt) {
      this.#wakeAt = earliest
      // Never by less than a millisecond, so that rounding errors do not wake it too early, and at once again.
      this.#timer.after(Math.max(1, Math.ceil(earliest - now)), () => {
        this.#wakeAt = Number.POSITIVE_INFINITY
        this.pump()
      })
    }
    return best
  }

  /** How long nothing but the limit of an endpoint keeps calls from it; 0 where none waits for that. */
  #limitedMs({ breaker, lanes, retriesAt }: Line): number {
    const next = this.#retries[0] ?? this.#fresh[0]
    if (breaker.isOpen || this.#nDraining > 0 || !this.#control.mayStart()) return 0
    const now = this.#timer.now()
    if (next !== undefined) {
      return lanes.inFlight < lanes.limit ? Math.max(0, lanes.limitedUntil(next.ticket.worst.tokens ?? 0) - now) : 0
    }
    if (lanes.inFlight > 0 || retriesAt.size === 0) return 0
    return Math.max(0, Math.min(...[...retriesAt].map(({ at }) => at)) - now)
  }

  #show({ breaker, counts, lanes }: Line): void {
    counts.inFlight = lanes.inFlight
    counts.limit = lanes.limit
    counts.problem = breaker.isOpen ? breaker.problem : null
  }
}

/** What is known where no route answers. */
export interface Down {
  readonly forMs: number
  readonly problem: string
  readonly wasReached: boolean
}

/** How a try ended, with the tokens it took where they are known. */
export interface TryEnd {
  readonly outcome: TryOutcome
  /** What came of it at the endpoint: an answer, be it a refusal; nothing, as it was taken back before; or a failure of its own. */
  readonly endpoint:
    | "answered"
    | "takenBack"
    | {
        readonly problem: string
        readonly isReached: boolean
        /** Whether the request itself may bring it about, such as one that the server breaks down over. */
        readonly mayBeRows: boolean
      }
  readonly tokens: number | null
}

const isDown = ({ breaker, wasReached }: Line): boolean => (wasReached ? breaker.isOpen : breaker.isFailing)

const share = ({ lanes }: Line): number => lanes.inFlight / lanes.limit

const isBetter = (line: Line, other: Line, avoid: Route | null): boolean => {
  if (line.route === avoid) return false
  return other.route === avoid || share(line) < share(other)
}

import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { Refusal, WorstCase } from "../Budget.ts"
import * as Figure from "../Figure.ts"
import { JournalError } from "../Journal.ts"
import type { Down, Started, Ticket } from "./Dispatcher.ts"
import { giveUp } from "./giveUp.ts"
import {
  aboutOneRow,
  canBeRetried,
  concernsOneRow,
  type LanguageModelError,
  wasConnected
} from "./LanguageModelError.ts"
import type { Office } from "./Office.ts"
import type { Call, Provider, Route, Usage } from "./Provider.ts"
import { mostAtFault } from "./Standing.ts"
import { type Ended, type Failed, type Fork, Try } from "./Try.ts"
import { noCall, oneCall, type RequestSize, worstCase } from "./worstCase.ts"

/** One thing to ask, and how its answer is filed. */
export interface Exchange<Answer> {
  readonly model: string
  /** What kind of call it is: where others of its kind are answered, a refusal is about this one. */
  readonly kind: string
  /** One request, or several samples that one call answers, each with the key it is filed under. */
  readonly filed: ReadonlyArray<{ readonly key: string; readonly canonical: string }>
  readonly size: RequestSize
  readonly send: (route: Route, call: Call) => Effect.Effect<Answer, LanguageModelError | JournalError>
  /** The answers in the order of `filed`; there may be fewer. */
  readonly answersOf: (answer: Answer) => ReadonlyArray<{ readonly answer: unknown; readonly text: string }>
  readonly usageOf: (answer: Answer) => Usage | null
  /** Says, before a call goes out, whether it has turned out meanwhile that it would be refused: then it ends as if it was. */
  readonly isVain?: () => boolean
  /** Hears of a call that was refused as bad, before others have come home. */
  readonly onRefused?: () => void
  /** The route that a call of this exchange is on at the moment. */
  sentBy: Route | null
}

/** A call is on its way whose answer would be lost, though paid for, if nobody waited for it. */
export const isUnderWay = ({ filed, sentBy }: Exchange<never>): boolean =>
  sentBy !== null && sentBy.resumable?.(filed[0]!.key) !== true

/** Milliseconds before the first retry; doubled with each. */
const firstBackOffMs = 500
const maxBackOffMs = 30_000
/** Errors that tell nothing of the request where the server itself is unwell. */
const canBeServers: ReadonlySet<LanguageModelError["reason"]> = new Set(["overloaded", "timedOut", "unreachable"])
/** Failed tries with an answer to another call after each, before they are held against a request: an outage follows one such try at most. */
const enoughProven = 3
/** How long all endpoints may be down before the run stops. */
const patienceMs = 300_000
/** The same before the last requests of a run are given up, where one of their tries failed while the server was well. */
const lastPatienceMs = 60_000
/** The same where none was ever reached, as with a host name that is mistyped. */
const firstPatienceMs = 30_000

/** Asks until there is an answer, or a reason why there is none, and files either; tells once what came of it. */
export const exchange = <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  fork: Fork,
  ended: (exit: Ended) => void
): Pick<Exchanging<Answer>, "takeBack"> => {
  const exchanging = new Exchanging(office, asked, fork, ended)
  exchanging.begin()
  return exchanging
}

/** What the tries of an exchange came to so far. */
interface Past {
  /** Nothing had answered for long when it began. */
  readonly isLate: boolean
  /** When the first try was sent; null before. */
  readonly sentAt: number | null
  /** Tries that failed while the server was well: another call, sent no earlier, was answered before the next try. */
  readonly nProven: number
  readonly avoid: Route | null
  /** Endpoints that will not take the call, however often they are asked. */
  readonly refusedBy: ReadonlyArray<Route>
  readonly nTries: number
  readonly nBackOffs: number
  readonly triedMs: number
  /** How the last try failed. */
  readonly failure: Failed | null
}

const noPast: Past = {
  isLate: false,
  sentAt: null,
  nProven: 0,
  avoid: null,
  refusedBy: [],
  nTries: 0,
  nBackOffs: 0,
  triedMs: 0,
  failure: null
}

/** Goes from place to place on its own: only what follows a failure takes a fiber. */
class Exchanging<Answer> {
  readonly #office: Office
  readonly #asked: Exchange<Answer>
  readonly #fork: Fork
  readonly #ended: (exit: Ended) => void
  readonly #worst: WorstCase
  #past = noPast
  #ticket: Ticket | null = null
  #trying: Try<Answer> | null = null
  /** What thinks about a failure. */
  #thinking: Fiber.Fiber<unknown, unknown> | null = null
  #isOver = false

  constructor(office: Office, asked: Exchange<Answer>, fork: Fork, ended: (exit: Ended) => void) {
    const { budget, dispatcher, provider } = office
    const down = dispatcher.down()
    if (down !== null && isDead(office, asked, noPast, down)) this.#past = { ...noPast, isLate: true }
    this.#office = office
    this.#asked = asked
    this.#fork = fork
    this.#ended = ended
    this.#worst = budget.isCapped || isPaced(provider) ? worstCase(asked.size, provider.price(asked.model)) : oneCall
  }

  begin(): void {
    const { dispatcher, fatal, underWay } = this.#office
    if (fatal !== null) return this.#end(Exit.fail(fatal))
    underWay.add(this.#asked)
    const { avoid, nBackOffs, nProven, refusedBy, sentAt } = this.#past
    const { filed, model } = this.#asked
    const isRetry = nBackOffs > 0 || refusedBy.length > 0
    const isDoubted =
      isLeftOpen(this.#office, this.#asked) || (sentAt !== null && !isUnclear(this.#office, this.#asked, nProven))
    const ticket: Ticket = {
      model,
      key: filed[0]!.key,
      worst: this.#worst,
      isRetry,
      isDoubted,
      avoid
    }
    this.#ticket = ticket
    dispatcher.start(ticket, (started) => {
      if ("refusal" in started) return this.#think(refused(this.#office, this.#asked, started.refusal))
      this.#try(ticket, started)
    })
  }

  /** Takes back what was not sent, interrupts what was, and ends. */
  get takeBack(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#isOver) return Effect.void
      this.#office.standing.unlimited(this.#asked.kind)
      if (this.#thinking !== null) return Fiber.interrupt(this.#thinking)
      if (this.#trying !== null) return this.#trying.takeBack
      this.#office.dispatcher.leave(this.#ticket!)
      this.#end(Exit.interrupt())
      return Effect.void
    })
  }

  #try(ticket: Ticket, started: Started): void {
    const office = this.#office
    const asked = this.#asked
    // Other calls may have met the end, or the same refusal, while this one waited.
    const inVain =
      office.fatal ??
      (asked.isVain?.() === true ? office.error(asked.model, "badRequest", "others like it were refused", "") : null)
    const giveBack = () => {
      office.dispatcher.finish(started, { outcome: "neutral", endpoint: "takenBack", tokens: 0 })
      office.dispatcher.settle(started, ticket, noCall)
    }
    if (inVain !== null) {
      giveBack()
      return this.#end(Exit.fail(inVain))
    }
    const past = this.#past
    const { failure } = past
    const down = failure === null ? null : office.dispatcher.down()
    if (failure !== null && down !== null && isDead(office, asked, past, down)) {
      giveBack()
      return this.#think(stopOrGiveUp(office, asked, past, failure, down))
    }
    this.#trying = new Try({ office, asked, ticket, started }, this.#fork, {
      ended: (exit) => this.#end(exit),
      failed: (written) =>
        this.#think(Effect.flatMap(written, (failed) => afterFailure(office, asked, this.#past, started.route, failed)))
    })
    this.#trying.begin()
  }

  /** Runs what follows a failure; when it succeeds it is time for another try. */
  #think(next: Effect.Effect<Past, LanguageModelError | JournalError>): void {
    this.#trying = null
    const thinking = this.#fork(next)
    this.#thinking = thinking
    thinking.addObserver((exit) => {
      this.#thinking = null
      if (Exit.isFailure(exit)) return this.#end(Exit.failCause(exit.cause))
      this.#past = exit.value
      this.begin()
    })
  }

  #end(exit: Ended): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#office.underWay.delete(this.#asked)
    // What cannot be kept would be paid for nothing.
    const problem = Exit.isFailure(exit) ? Cause.squash(exit.cause) : null
    if (problem instanceof JournalError) this.#office.fatal ??= problem
    this.#ended(exit)
  }
}

const refused = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  { found, remedy }: Refusal
) {
  yield* office.dispatcher.drained
  // The rows of those that came home go on first: they may be all that is wanted.
  yield* Effect.yieldNow
  return yield* office.fatal ?? office.error(asked.model, "budget", found, remedy)
})

/** Waits until a failed call may be tried again, or fails with what it came to. */
const afterFailure = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  before: Past,
  route: Route,
  failed: Failed
): Effect.fn.Return<Past, LanguageModelError | JournalError> {
  const { dispatcher, provider } = office
  const { error, ms, sentAt } = failed
  const past = { ...before, sentAt: before.sentAt ?? sentAt, failure: failed }
  const sent = { first: past.sentAt, last: sentAt }
  const triedMs = past.triedMs + ms
  if (!canBeRetried(error)) {
    office.standing.unlimited(asked.kind)
    const refusedBy = [...past.refusedBy, route]
    // Where all are down, no other one will take it soon.
    const isLast = provider.routes.every((one) => refusedBy.includes(one)) || dispatcher.down() !== null
    if (isLast || concernsOneRow(error)) return yield* giveUp(office, asked, error, sent)
    office.countsOf(asked.model).retried++
    asked.sentBy = null
    return { ...past, avoid: route, refusedBy, triedMs }
  }
  const down = dispatcher.down()
  const nTries = past.nTries + (down === null && error.reason !== "rateLimited" ? 1 : 0)
  if (down !== null && isDead(office, asked, past, down)) return yield* stopOrGiveUp(office, asked, past, failed, down)
  const backOffMs = Math.min(maxBackOffMs, firstBackOffMs * 2 ** past.nBackOffs) * (0.5 + 0.5 * (yield* Random.next))
  const nBackOffs = past.nBackOffs + 1
  const leftMs = route.limits.deadlineMs - triedMs
  // While an endpoint is held off by its limit, calls wait in the queue, where no time of theirs is counted.
  if (error.reason === "rateLimited") {
    const limitedMs = office.standing.limited(asked.kind, yield* Clock.currentTimeMillis)
    if (limitedMs > route.limits.deadlineMs)
      return yield* giveUp(office, asked, heldOff(office, asked, error, limitedMs), sent)
  }
  // Where too little is answered between the tries, it may be the server that is at fault.
  const isServers = mayBeServers(office, asked, error, triedMs)
  const isProven = () => isServers && down === null && office.standing.wasWell(asked.kind, sentAt)
  const isOpen = isServers && isUnclear(office, asked, past.nProven + (isProven() ? 1 : 0))
  if ((nTries > route.limits.maxRetries && !isOpen) || (down === null && backOffMs > leftMs)) {
    return yield* giveUp(office, asked, yield* hopeless(office, asked, error, nBackOffs, triedMs), sent, isOpen)
  }
  const { retryAfterMs = 0 } = error
  // Servers that say a day mean it of a quota: whether it is this call's is found out by asking. One that is down is asked by others meanwhile.
  const heededMs = down !== null ? Math.min(retryAfterMs, maxBackOffMs) : retryAfterMs > leftMs ? 0 : retryAfterMs
  const waitMs = Math.max(backOffMs, heededMs)
  office.countsOf(asked.model).retried++
  asked.sentBy = null
  yield* error.reason === "rateLimited" ? dispatcher.backOff(route, waitMs) : Effect.sleep(waitMs)
  const nProven = past.nProven + (isProven() ? 1 : 0)
  return { ...past, avoid: route, nTries, nBackOffs, nProven, triedMs: triedMs + (down === null ? waitMs : 0) }
})

const isPaced = ({ routes }: Provider) => routes.some(({ limits }) => limits.tokensPerMinute !== undefined)

/** The error of a call that was tried for long: about its row alone, unless a limit has let nothing through in all that time. */
const hopeless = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  error: LanguageModelError,
  nTries: number,
  ms: number
) {
  const tries = Figure.counted(nTries, "try", "tries")
  const found = `${error.found} (${ms < 50 ? tries : `${tries} in ${(ms / 1000).toFixed(1)} s`})`
  const answeredAt = office.standing.lastAnswerAt(asked.kind) ?? Number.NEGATIVE_INFINITY
  if (error.reason !== "rateLimited" || answeredAt >= (yield* Clock.currentTimeMillis) - ms) {
    return aboutOneRow(error, { found, remedy: "prefloom run --retry-rejects asks again" })
  }
  return heldOff(office, asked, error, ms, found)
})

/** The error of a limit that lets nothing through: no row is at fault. */
const heldOff = <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  { found: lastFound, remedy, retryAfterMs }: LanguageModelError,
  ms: number,
  found = lastFound
) => {
  const asksFor = retryAfterMs === undefined ? "" : `, and says to wait ${Math.ceil(retryAfterMs / 60_000)} min`
  const nothing = `it has let no call through for ${(ms / 1000).toFixed(1)} s${asksFor}`
  return office.error(asked.model, "rateLimited", `${found}; ${nothing}`, remedy)
}

/** Whether an earlier run ended without knowing whose fault it was that these requests failed. */
const isLeftOpen = ({ leftOpen }: Office, { filed }: Pick<Exchange<never>, "filed">): boolean =>
  filed.every(({ key }) => leftOpen(key))

/** Whether the server may be unwell: for how long one may be that never answered such calls, while it answers others, has an end. */
const mayBeServers = (
  { standing }: Office,
  { kind }: Pick<Exchange<never>, "kind">,
  { isUnreadable = false, reason }: LanguageModelError,
  triedMs: number
): boolean =>
  standing.lastAnswerAt(kind) === null
    ? canBeServers.has(reason) && triedMs < lastPatienceMs
    : canBeServers.has(reason) || isUnreadable

/** Whether nobody knows yet whose fault it is that a request fails: too few of its tries failed while the server was well. */
const isUnclear = (office: Office, asked: Pick<Exchange<never>, "filed" | "kind">, nProven: number): boolean => {
  // After the last try nothing may have been answered yet.
  const nBeforeLast = Math.max(1, Math.min(...office.provider.routes.map(({ limits }) => limits.maxRetries)))
  return nProven < Math.min(enoughProven, nBeforeLast) && !isLeftOpen(office, asked)
}

/** Whether an endpoint was there, be it for an earlier run. */
const wasReached = ({ standing }: Office, down: Down): boolean => down.wasReached || standing.hasAnswers

/** Whether a request is among the last of a run, so that it may be the one that the server breaks down over. */
const mayBeAtFault = (office: Office, { kind }: Pick<Exchange<never>, "kind">, { failure, isLate }: Past): boolean =>
  office.fatal === null &&
  failure !== null &&
  wasConnected(failure.error) &&
  office.standing.lastAnswerAt(kind) !== null &&
  // Where others come behind it, these are not the last.
  !isLate &&
  office.underWay.size <= mostAtFault

/** Whether all endpoints have been down for so long, or for a while from the beginning, that waiting is over. */
const isDead = (office: Office, asked: Pick<Exchange<never>, "kind">, past: Past, down: Down): boolean => {
  if (!wasReached(office, down)) return down.forMs > firstPatienceMs
  return down.forMs > (past.nProven > 0 && mayBeAtFault(office, asked, past) ? lastPatienceMs : patienceMs)
}

/** Nothing answers any more: the last requests of a run are given up, since it may be they that the server breaks down over; others stop it. */
const stopOrGiveUp = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  past: Past,
  { error, sentAt }: Failed,
  down: Down
) {
  const minutes = Math.round(down.forMs / 60_000)
  asked.sentBy = null
  if (mayBeAtFault(office, asked, past)) {
    const found = `${error.found}; no other call was answered for ${minutes} min`
    const given = aboutOneRow(error, { found, remedy: "running again asks once more" })
    return yield* giveUp(
      office,
      asked,
      given,
      { first: past.sentAt ?? sentAt, last: sentAt },
      !isLeftOpen(office, asked)
    )
  }
  const [found, remedy] = wasReached(office, down)
    ? [`no endpoint has answered for ${minutes} min: ${down.problem}`, "check that it runs and can be reached"]
    : [
        `no connection in the first ${Math.round(down.forMs / 1000)} s: ${down.problem}`,
        `check the address ${office.provider.routes.map(({ endpoint }) => endpoint).join(", ")}, and that a server runs there and can be reached`
      ]
  office.fatal ??= office.error(asked.model, error.reason, found, `${remedy}; running again resumes`)
  yield* office.dispatcher.drained
  return yield* office.fatal
})

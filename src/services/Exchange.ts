import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { Refusal, WorstCase } from "../Budget.ts"
import { type JournalEntry, JournalError } from "../Journal.ts"
import type { Down, Started, Ticket } from "./Dispatcher.ts"
import { aboutOneRow, canBeRetried, concernsOneRow, LanguageModelError } from "./LanguageModelError.ts"
import type { Office } from "./Office.ts"
import type { Call, Provider, Route, Usage } from "./Provider.ts"
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
/** Errors that no later call will be spared. */
const endsAll: ReadonlySet<LanguageModelError["reason"]> = new Set(["authentication", "outOfCredit", "rateLimited"])
/** Errors that may be the fault of a row, and may be that of the server. */
const maybeServers: ReadonlySet<LanguageModelError["reason"]> = new Set(["badRequest", "malformed"])
/** Requests that may fail in such a way, none answered in between, before that is no longer held against each of them. */
const mostRefused = 31
/** How long all endpoints may be down before the run stops. */
const patienceMs = 300_000
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
  /** When the first try was sent; null before. */
  readonly sentAt: number | null
  readonly avoid: Route | null
  /** Endpoints that will not take the call, however often they are asked. */
  readonly refusedBy: ReadonlyArray<Route>
  readonly nTries: number
  readonly nBackOffs: number
  readonly triedMs: number
}

const noPast: Past = { sentAt: null, avoid: null, refusedBy: [], nTries: 0, nBackOffs: 0, triedMs: 0 }

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
    const { budget, provider } = office
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
    const { avoid, nBackOffs, refusedBy } = this.#past
    const { filed, model } = this.#asked
    const isRetry = nBackOffs > 0 || refusedBy.length > 0
    const ticket: Ticket = {
      model,
      key: filed[0]!.key,
      worst: this.#worst,
      isRetry,
      isDoubted: isRetry || filed.every(({ key }) => this.#office.stoppedBefore(key)),
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
      (asked.isVain?.() === true ? errorOf(office, asked, "badRequest", "others like it were refused", "") : null)
    if (inVain !== null) {
      office.dispatcher.finish(started, { outcome: "neutral", endpoint: "takenBack", tokens: 0 })
      office.dispatcher.settle(started, ticket, noCall)
      return this.#end(Exit.fail(inVain))
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
  return yield* office.fatal ?? errorOf(office, asked, "budget", found, remedy)
})

/** Waits until a failed call may be tried again, or fails with what it came to. */
const afterFailure = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  before: Past,
  route: Route,
  { error, ms, sentAt }: Failed
): Effect.fn.Return<Past, LanguageModelError | JournalError> {
  const { dispatcher, provider } = office
  const past = { ...before, sentAt: before.sentAt ?? sentAt }
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
  if (down !== null) {
    const wasReached = down.wasReached || office.standing.hasAnswers
    if (down.forMs > (wasReached ? patienceMs : firstPatienceMs))
      return yield* stopFor(office, asked, error, { ...down, wasReached })
  }
  const backOffMs = Math.min(maxBackOffMs, firstBackOffMs * 2 ** past.nBackOffs) * (0.5 + 0.5 * (yield* Random.next))
  const nBackOffs = past.nBackOffs + 1
  const leftMs = route.limits.deadlineMs - triedMs
  // While an endpoint is held off by its limit, calls wait in the queue, where no time of theirs is counted.
  if (error.reason === "rateLimited") {
    const limitedMs = office.standing.limited(asked.kind, yield* Clock.currentTimeMillis)
    if (limitedMs > route.limits.deadlineMs)
      return yield* giveUp(office, asked, heldOff(office, asked, error, limitedMs), sent)
  }
  if (nTries > route.limits.maxRetries || (down === null && backOffMs > leftMs)) {
    return yield* giveUp(office, asked, yield* hopeless(office, asked, error, nBackOffs, triedMs), sent)
  }
  const { retryAfterMs = 0 } = error
  // Servers that say a day mean it of a quota: whether it is this call's is found out by asking.
  const waitMs = down === null && retryAfterMs > leftMs ? backOffMs : Math.max(backOffMs, retryAfterMs)
  office.countsOf(asked.model).retried++
  asked.sentBy = null
  yield* error.reason === "rateLimited" ? dispatcher.backOff(route, waitMs) : Effect.sleep(waitMs)
  return { ...past, avoid: route, nTries, nBackOffs, triedMs: triedMs + (down === null ? waitMs : 0) }
})

const isPaced = ({ routes }: Provider) => routes.some(({ limits }) => limits.tokensPerMinute !== undefined)

const errorOf = <Answer>(
  { provider }: Office,
  { model }: Exchange<Answer>,
  reason: LanguageModelError["reason"],
  found: string,
  remedy: string
) => new LanguageModelError({ reason, provider: provider.name, model, found, remedy })

/** The error of a call that was tried for long: about its row alone, unless a limit has let nothing through in all that time. */
const hopeless = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  error: LanguageModelError,
  nTries: number,
  ms: number
) {
  const found = `${error.found} (${nTries} tries in ${(ms / 1000).toFixed(1)} s)`
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
  return errorOf(office, asked, "rateLimited", `${found}; ${nothing}`, remedy)
}

/**
 * Ends an exchange without an answer: what concerns one row is filed, at once where the server says so and else as soon as it shows
 * that it is not at fault itself; everything else ends the run once calls are home.
 */
const giveUp = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  error: LanguageModelError,
  sent: { readonly first: number; readonly last: number }
) {
  const { dispatcher, standing } = office
  const keys = asked.filed.map(({ key }) => key)
  // One that an earlier run met too says nothing new of the server.
  const isNew = !keys.every(office.failedBefore)
  if (!concernsOneRow(error)) {
    asked.sentBy = null
    if (error.reason !== "badRequest") {
      if (endsAll.has(error.reason)) office.fatal ??= error
      yield* dispatcher.drained
      return yield* error
    }
    asked.onRefused?.()
    // Others on their way may be answered, and show that this one is at fault.
    if (standing.lastAnswerAt(asked.kind) === null) yield* dispatcher.drained
    // Several samples in one call may be what the server does not know: they are asked for one by one.
    if (asked.filed.length > 1) return yield* error
    if (isNew && standing.lastAnswerAt(asked.kind) === null) {
      yield* office.noteRefused(keys)
      const remedy = `${error.remedy}; or, if its row is at fault, run again, which goes past it`
      return yield* errorOf(office, asked, "badRequest", error.found, remedy)
    }
  }
  if (isNew && maybeServers.has(error.reason)) {
    // Of rows that are at fault the last tries come when all others are answered.
    standing.refused(asked.kind, sent.first)
    const areTooMany = () => standing.nRefused(asked.kind) > mostRefused
    if (areTooMany()) {
      // Calls that were sent after it may be answered, and show that these are at fault.
      yield* dispatcher.whenDrained(() => {
        if (areTooMany()) office.fatal ??= inARow(office, asked, error)
      })
    }
    if (office.fatal !== null) {
      if (areTooMany()) yield* office.noteRefused([...standing.heldKeys(), ...keys])
      return yield* office.fatal
    }
  }
  const { found, reason, remedy } = error
  const answeredAt = yield* Clock.currentTimeMillis
  for (const { canonical, key } of asked.filed) {
    const entry: JournalEntry = {
      key,
      provider: office.provider.name,
      endpoint: office.provider.endpoint,
      model: asked.model,
      request: canonical,
      answer: "null",
      failure: JSON.stringify({ reason, found, remedy }),
      promptTokens: null,
      completionTokens: null,
      costUsd: null,
      estimate: null,
      latencyMs: 0,
      answeredAt,
      calls: 0
    }
    if (reason === "contentFilter" || reason === "contextTooLong") yield* office.journal.keep(entry)
    else standing.hold(asked.kind, entry, sent.last, !isNew && !office.leftOpen(key))
  }
  return yield* aboutOneRow(error)
})

/** The error of a server that refuses all, or answers nothing that can be read. */
const inARow = <Answer>(office: Office, asked: Exchange<Answer>, { found, reason }: LanguageModelError) => {
  const what = reason === "badRequest" ? "requests refused" : "answers broken"
  const remedy = "check the server, the model name and the parameters; running again asks them again"
  return errorOf(office, asked, reason, `${mostRefused + 1} ${what} in a row, the last with ${found}`, remedy)
}

/** All endpoints have been down for long, or for a while from the beginning: nothing more is asked. */
const stopFor = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  { reason }: LanguageModelError,
  { forMs, problem, wasReached }: Down
) {
  const [found, remedy] = wasReached
    ? [
        `no endpoint has answered for ${Math.round(forMs / 60_000)} min: ${problem}`,
        "check that it runs and can be reached; running again resumes"
      ]
    : [
        `no connection in the first ${Math.round(forMs / 1000)} s: ${problem}`,
        `check the address ${office.provider.routes.map(({ endpoint }) => endpoint).join(", ")}, and that a server runs there and can be reached; running again resumes`
      ]
  const left = [...office.underWay].flatMap(({ filed }) => filed.map(({ key }) => key))
  const mayBeRows = office.fatal === null && wasReached && left.length <= mostRefused
  asked.sentBy = null
  office.fatal ??= errorOf(
    office,
    asked,
    reason,
    found,
    mayBeRows ? `${remedy}, past these if they are at fault` : remedy
  )
  // The last rows of a run may be what the server breaks down over.
  if (mayBeRows) yield* office.noteRefused(left)
  yield* office.dispatcher.drained
  return yield* office.fatal
})

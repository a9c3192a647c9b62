import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { WorstCase } from "../Budget.ts"
import type { Tell } from "../GroupCommit.ts"
import type { JournalEntry, JournalError, Kept } from "../Journal.ts"
import type { OpenCall } from "../OpenCalls.ts"
import type { Started, Ticket } from "./Dispatcher.ts"
import { estimateTokens } from "./estimateTokens.ts"
import type { Exchange } from "./Exchange.ts"
import { ignoredLimit } from "./ignoredLimit.ts"
import { LanguageModelError } from "./LanguageModelError.ts"
import type { Office } from "./Office.ts"
import type { Call, Route, Usage } from "./Provider.ts"
import { tryEnd } from "./tryEnd.ts"
import { costOf, isFree, noCall, oneCall, worstCase } from "./worstCase.ts"

/** Starts a fiber with the services of whoever asked. */
export type Fork = <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>

/** What became of an exchange, or of a try that ended one. */
export type Ended = Exit.Exit<ReadonlyArray<Kept>, JournalError | LanguageModelError>

/** A try that brought no answer. */
export interface Failed {
  readonly ms: number
  /** Milliseconds since 1970. */
  readonly sentAt: number
  readonly error: LanguageModelError
}

/** Who hears how a try ended: exactly one of these is called, once. */
export interface TryEnds {
  /** Answered, written down and settled; or a defect, a journal error, or taken back. */
  readonly ended: (exit: Ended) => void
  /** Not answered. `written` writes that down, settles the call and gives the error; defects and journal errors fail it. */
  readonly failed: (written: Effect.Effect<Failed, JournalError>) => void
}

/** A call that was given leave to start. */
interface Leave<Answer> {
  readonly office: Office
  readonly asked: Exchange<Answer>
  readonly ticket: Ticket
  readonly started: Started
}

interface Trying<Answer> extends Leave<Answer> {
  /** What the journal counts as lost if the process dies; null where nothing would be lost. */
  openCall: OpenCall | null
  /** Tells that the answer is lost when nobody waits for it. */
  isLive: boolean
}

/**
 * One try: opened in the journal where calls are capped, sent, and its answer written down and settled.
 *
 * Plain callbacks, because a fiber that waits at each step takes a tenth of the processor time of a run; the call itself runs in
 * a fiber, so that it can be interrupted when its time is over.
 */
export class Try<Answer> {
  readonly #trying: Trying<Answer>
  readonly #fork: Fork
  readonly #ends: TryEnds
  /** The call under way. */
  #fiber: Fiber.Fiber<unknown, unknown> | null = null
  /** True from where on it can no longer be taken back. */
  #isHome = false

  constructor(leave: Leave<Answer>, fork: Fork, ends: TryEnds) {
    const { asked, started } = leave
    const isLive = started.route.resumable === undefined
    this.#trying = { ...leave, isLive, openCall: isLive ? openCallOf(asked.model, lostCase(leave)) : null }
    this.#fork = fork
    this.#ends = ends
  }

  begin(): void {
    const { asked, office, openCall, started } = this.#trying
    asked.sentBy = started.route
    office.countsOf(asked.model).inFlight++
    if (openCall === null) return this.#send()
    noteOpen(office, openCall, (opened) => {
      if (this.#isHome) return
      if (Exit.isSuccess(opened)) return this.#send()
      this.#isHome = true
      abandon(this.#trying)
      this.#ends.ended(Exit.failCause(opened.cause))
    })
  }

  /** Takes the call back where it is not answered yet, and ends. */
  get takeBack(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#isHome) return Effect.void
      this.#isHome = true
      return Effect.ensuring(
        takenBack(this.#trying, this.#fiber),
        Effect.sync(() => this.#ends.ended(Exit.interrupt()))
      )
    })
  }

  /** Sends the request and waits for what comes of it, at most as long as the route allows. */
  #send(): void {
    const { asked, office, started } = this.#trying
    const { heard, route } = started
    const { note, writeNote } = office.journal
    const call: Call = {
      key: asked.filed[0]!.key,
      heard,
      note,
      writeNote,
      leaves: (as) => this.#leaves(as),
      cancelled: (keys) => {
        if (keys.length === 0) return
        office.journal.unsend(keys)
        for (const key of keys) office.budget.free(key)
      }
    }
    const startedAt = office.now()
    const fiber = this.#fork(Effect.suspend(() => asked.send(route, call)))
    this.#fiber = fiber
    let late: LanguageModelError | null = null
    const { timeoutMs } = route.limits
    const beLate = () => {
      // Where the whole process stood still, the answer may be there and has to be read first.
      setImmediate(() => {
        if (this.#isHome) return
        late = tooLate(route, asked.model)
        fiber.interruptUnsafe()
      })
    }
    const timer = timeoutMs === null ? undefined : setTimeout(beLate, timeoutMs)
    fiber.addObserver((exit) => {
      clearTimeout(timer)
      if (this.#isHome) return
      this.#isHome = true
      const endedAt = office.now()
      office.countsOf(asked.model).inFlight--
      const times = { endedAt, ms: endedAt - startedAt }
      if (Exit.isSuccess(exit)) return this.#count(exit.value, times)
      this.#ends.failed(fileFailure(this.#trying, late === null ? exit.cause : Cause.fail(late), times))
    })
  }

  /** Opens the call where the route knows only now whether it would be lost with the process. */
  #leaves(as: "live" | "kept"): Effect.Effect<void, JournalError> {
    return Effect.suspend(() => {
      const trying = this.#trying
      const { asked, office, ticket } = trying
      const { budget, journal } = office
      trying.isLive = as === "live"
      const open = openCallOf(asked.model, lostCase(trying))
      if (trying.isLive) {
        trying.openCall = open
        return Effect.callback<void, JournalError>((resume) => noteOpen(office, open, resume))
      }
      if (!budget.isCapped) return Effect.void
      return Effect.map(journal.send(ticket.key, open), () => {
        if (this.#isHome) budget.hold(ticket.key, open)
      })
    })
  }

  /** Takes what the server counted, or estimates it where that may cost something or the budget counts it, and files the answer. */
  #count(answer: Answer, times: Times): void {
    const { asked, office } = this.#trying
    try {
      const usage = asked.usageOf(answer)
      const file = (used: Usage | null) => fileAnswer(this.#trying, answer, { usage, used, ...times }, this.#ends.ended)
      const price = office.provider.price(asked.model)
      const isNothing = price !== null && isFree(price) && !office.budget.isCapped
      if (usage !== null || isNothing) return file(usage)
      this.#fork(Effect.map(estimatedUsage(asked, answer), file)).addObserver((exit) => {
        if (Exit.isFailure(exit)) this.#ends.ended(Exit.failCause(exit.cause))
      })
    } catch (defect) {
      this.#ends.ended(Exit.die(defect))
    }
  }
}

/** Counts a call as open: before it goes on under a cap, else for the caps of later runs, which is nothing to wait for. */
const noteOpen = ({ budget, journal }: Office, call: OpenCall, goOn: Tell<void>): void => {
  journal.onOpen(call, budget.isCapped ? goOn : () => {})
  if (!budget.isCapped) goOn(Exit.void)
}

/** Ends a call that nobody waits for any more; one that was not sent costs nothing. */
const takenBack = <Answer>(
  trying: Trying<Answer>,
  fiber: Fiber.Fiber<unknown, unknown> | null
): Effect.Effect<void> => {
  const { asked, office } = trying
  return Effect.gen(function* () {
    if (fiber !== null) yield* Fiber.interrupt(fiber)
    holdIfSent(trying)
    abandon(trying)
    if (!trying.isLive || trying.openCall === null) return
    if (fiber === null) return office.journal.forget(trying.openCall)
    yield* Effect.ignore(office.journal.lose(openCallOf(asked.model, lostCase(trying)), trying.openCall))
  })
}

interface Times {
  readonly ms: number
  readonly endedAt: number
}

/** What a server counted, and what is booked: an estimate where it counted nothing. */
interface Used {
  readonly usage: Usage | null
  readonly used: Usage | null
}

const fileAnswer = <Answer>(
  { asked, isLive, office, openCall, started, ticket }: Trying<Answer>,
  answer: Answer,
  given: Used & Times,
  ended: (exit: Ended) => void
): void => {
  const { dispatcher } = office
  const { usage, used } = given
  const tokens = used && tokensOf(used)
  const { costUsd, entries } = filing(office, asked, answer, given, isLive)
  const real: WorstCase = { calls: 1, tokens, usd: costUsd }
  if (office.budget.isCapped) {
    // Before the lane is free again, for the sake of whoever takes it.
    office.budget.learn(asked.model, ticket.worst, real)
    office.fatal ??= ignoredLimit(office, asked, usage)
  }
  dispatcher.finish(started, { outcome: "answered", endpoint: "answered", tokens })
  office.standing.answered(asked.kind, given.endedAt - given.ms, given.endedAt)
  if (office.log !== null) {
    const answers = asked.answersOf(answer).map((one) => one.answer)
    office.log({ ...recordOf(asked, started, given), answers, usage, costUsd })
  }
  keepAll(office.journal, entries, openCall, (kept) => {
    dispatcher.settle(started, ticket, real)
    if (Exit.isSuccess(kept)) {
      const counts = office.countsOf(asked.model)
      counts.answered++
      counts.samples += entries.length
      counts.promptTokens += used?.promptTokens ?? 0
      counts.completionTokens += used?.completionTokens ?? 0
      if (usage === null) counts.estimatedTokens += tokens ?? 0
      if (used !== null && costUsd !== null) counts.costUsd = (counts.costUsd ?? 0) + costUsd
    }
    ended(kept)
  })
}

/** Keeps the answers of one call and tells when the last is on disk. */
const keepAll = (
  journal: Office["journal"],
  entries: ReadonlyArray<JournalEntry>,
  openCall: OpenCall | null,
  tell: (kept: Ended) => void
): void => {
  const all: Array<Kept> = []
  let problem: Exit.Exit<never, JournalError> | null = null
  let nLeft = entries.length
  entries.forEach((entry, i) =>
    journal.onKept(entry, i === 0 ? openCall : null, (kept) => {
      if (Exit.isSuccess(kept)) all[i] = kept.value
      else problem = Exit.failCause(kept.cause)
      if (--nLeft === 0) tell(problem ?? Exit.succeed(all))
    })
  )
  if (entries.length === 0) tell(Exit.succeed(all))
}

const fileFailure = Effect.fnUntraced(function* <Answer>(
  trying: Trying<Answer>,
  cause: Cause.Cause<LanguageModelError | JournalError>,
  times: Times
): Effect.fn.Return<Failed, JournalError> {
  const { asked, office, openCall, started, ticket } = trying
  const { dispatcher, journal } = office
  const counts = office.countsOf(asked.model)
  const failure = languageModelErrorIn(cause)
  office.log?.({
    ...recordOf(asked, started, times),
    usage: null,
    costUsd: null,
    problem: failure?.message ?? Cause.pretty(cause),
    ...(failure === null ? {} : { reason: failure.reason }),
    ...(failure?.body === undefined ? {} : { body: failure.body })
  })
  // Before the lane is free again, so that nobody else walks into it.
  const isOnly = office.provider.routes.length === 1
  if (isOnly && (failure?.reason === "authentication" || failure?.reason === "outOfCredit")) office.fatal ??= failure
  const mayBeBilled = failure === null || failure.mayBeBilled === true
  if (!mayBeBilled) holdIfSent(trying)
  else if (!trying.isLive && journal.sent.has(ticket.key)) journal.unsend([ticket.key])
  dispatcher.finish(started, tryEnd(failure, isOnly, started.route, office.standing.lastAnswerAt(asked.kind) !== null))
  if (!mayBeBilled && openCall !== null) journal.forget(openCall)
  yield* Effect.ensuring(
    mayBeBilled ? journal.lose(openCallOf(asked.model, lostCase(trying)), openCall) : Effect.void,
    Effect.sync(() => dispatcher.settle(started, ticket, mayBeBilled ? mostOf(trying) : noCall))
  )
  if (mayBeBilled) counts.lost++
  if (failure === null) return yield* Effect.failCause(cause as Cause.Cause<JournalError>)
  counts.failed++
  return { ms: times.ms, sentAt: times.endedAt - times.ms, error: failure }
})

const recordOf = <Answer>({ filed, model }: Exchange<Answer>, { route }: Started, { endedAt, ms }: Times) => ({
  at: endedAt,
  endpoint: route.endpoint,
  model,
  latencyMs: ms,
  requests: filed.map(({ canonical }) => canonical)
})

const tooLate = (route: Route, model: string) =>
  new LanguageModelError({
    reason: "timedOut",
    provider: route.endpoint,
    model,
    found: `no answer within ${route.limits.timeoutMs! / 1000} s`,
    remedy: "raise timeoutMs or lower the concurrency; running again resumes",
    mayBeBilled: true
  })

const openCallOf = (model: string, { tokens, usd }: WorstCase) => ({ model, tokens: tokens ?? 0, costUsd: usd ?? 0 })

/** The most that a call costs, as the budget reckons by now. */
const mostOf = <Answer>({ asked, office, ticket }: Leave<Answer>): WorstCase =>
  office.budget.worstOf(asked.model, ticket.worst)

const lostCase = <Answer>(leave: Leave<Answer>): WorstCase => {
  const { asked, office, ticket } = leave
  return ticket.worst === oneCall ? worstCase(asked.size, office.provider.price(asked.model)) : mostOf(leave)
}

const abandon = <Answer>({ office, started, ticket }: Trying<Answer>): void => {
  office.countsOf(ticket.model).inFlight--
  office.dispatcher.finish(started, { outcome: "neutral", endpoint: "takenBack", tokens: 0 })
  office.dispatcher.settle(started, ticket, noCall)
}

/** What a server goes on with stays spent when nobody waits for it any more. */
const holdIfSent = <Answer>({ office, ticket }: Trying<Answer>): void => {
  const sent = office.journal.sent.get(ticket.key)
  if (sent !== undefined) office.budget.hold(ticket.key, sent)
}

const tokensOf = ({ completionTokens, promptTokens }: Usage) => promptTokens + completionTokens

const languageModelErrorIn = (cause: Cause.Cause<unknown>): LanguageModelError | null => {
  const problem = Cause.squash(cause)
  return problem instanceof LanguageModelError ? problem : null
}

const estimatedUsage = <Answer>(asked: Exchange<Answer>, answer: Answer) =>
  Effect.promise(async (): Promise<Usage> => {
    const texts = asked.answersOf(answer).map(({ text }) => text)
    return {
      promptTokens: await estimateTokens(asked.size.texts),
      completionTokens: Math.min(await estimateTokens(texts), asked.size.maxTokens ?? Number.POSITIVE_INFINITY)
    }
  })

/** Journal entries of an answer: what it took is booked on the first. */
const filing = <Answer>(
  { journal, provider }: Office,
  asked: Exchange<Answer>,
  answer: Answer,
  { endedAt, ms, usage, used }: Used & Times,
  isLive: boolean
) => {
  const price = provider.price(asked.model)
  const costUsd = price === null ? null : used !== null ? costOf(used, price) : isFree(price) ? 0 : null
  const answers = asked.answersOf(answer).slice(0, asked.filed.length)
  const entries = answers.map((given, i): JournalEntry => {
    const { canonical, key } = asked.filed[i]!
    const isFirst = i === 0
    return {
      key,
      provider: provider.name,
      endpoint: provider.endpoint,
      model: asked.model,
      request: canonical,
      answer: JSON.stringify(given.answer),
      failure: null,
      promptTokens: usage === null ? null : isFirst ? usage.promptTokens : 0,
      completionTokens: usage === null ? null : isFirst ? usage.completionTokens : 0,
      costUsd: isFirst || costUsd === null ? costUsd : 0,
      estimate: isFirst && usage === null ? used : null,
      latencyMs: ms,
      answeredAt: endedAt,
      calls: isFirst ? 1 : 0,
      ...(isLive && journal.sent.has(key) ? { besideBatch: true } : {})
    }
  })
  return { costUsd, entries }
}

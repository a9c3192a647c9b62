import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { Budget, WorstCase } from "../Budget.ts"
import type { Journal, JournalEntry, JournalError, Kept } from "../Journal.ts"
import type { ModelCounts } from "../Progress.ts"
import type { CallRecord } from "../Run.ts"
import type { Dispatcher, Started, Ticket, TryEnd } from "./Dispatcher.ts"
import { estimateTokens } from "./estimateTokens.ts"
import { aboutOneRow, canBeRetried, concernsOneRow, LanguageModelError } from "./LanguageModelError.ts"
import type { Call, Provider, Route, Usage } from "./Provider.ts"
import { costOf, type RequestSize, worstCase } from "./worstCase.ts"

/** What all calls of a service share. */
export interface Office {
  readonly provider: Provider
  readonly journal: Journal["Service"]
  readonly dispatcher: Dispatcher
  readonly budget: Budget
  readonly countsOf: (model: string) => ModelCounts
  /** Models that have answered: what they refuse later is the request's fault. */
  readonly proven: Set<string>
  readonly log: ((record: CallRecord) => void) | null
  /** An error after which no call can succeed: a wrong key, no credit, a dead endpoint. */
  fatal: LanguageModelError | null
}

/** One thing to ask, and how its answer is filed. */
export interface Exchange<Answer> {
  readonly model: string
  /** One request, or several samples that one call answers, each with the key it is filed under. */
  readonly filed: ReadonlyArray<{ readonly key: string; readonly canonical: string }>
  readonly size: RequestSize
  readonly send: (route: Route, call: Call) => Effect.Effect<Answer, LanguageModelError | JournalError>
  /** The answers in the order of `filed`; there may be fewer. */
  readonly answersOf: (answer: Answer) => ReadonlyArray<{ readonly answer: unknown; readonly text: string }>
  readonly usageOf: (answer: Answer) => Usage | null
  /** The route that a call of this exchange is on at the moment. */
  sentBy: Route | null
}

/** A call is on its way whose answer would be lost, though paid for, if nobody waited for it. */
export const isUnderWay = ({ filed, sentBy }: Exchange<never>): boolean =>
  sentBy !== null && sentBy.resumable?.(filed[0]!.key) !== true

/** Milliseconds before the first retry; doubled with each. */
const firstBackOffMs = 500
const maxBackOffMs = 30_000
/** How long all endpoints may be down before the run stops. */
const patienceMs = 300_000

/** Asks until there is an answer, or a reason why there is none, and files either. */
export const exchange = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>
): Effect.fn.Return<ReadonlyArray<Kept>, LanguageModelError | JournalError> {
  const { dispatcher, provider } = office
  const counts = office.countsOf(asked.model)
  const worst =
    office.budget.isCapped || isPaced(provider) ? worstCase(asked.size, provider.price(asked.model)) : oneCall
  let avoid: Route | null = null
  let nTries = 0
  let nBackOffs = 0
  let triedMs = 0
  for (;;) {
    if (isOver(office)) return yield* office.fatal!
    const ticket: Ticket = { model: asked.model, worst, isRetry: nBackOffs > 0, avoid }
    const started = yield* dispatcher.start(ticket)
    if ("refusal" in started) {
      yield* dispatcher.drained
      return yield* errorOf(office, asked, "budget", started.refusal.found, started.refusal.remedy)
    }
    if (isOver(office)) {
      dispatcher.finish(started, { outcome: "neutral", endpointProblem: null, tokens: 0 })
      dispatcher.settle(started, ticket, nothing)
      return yield* office.fatal!
    }
    const { ms, result } = yield* oneTry(office, asked, ticket, started)
    if (!(result instanceof LanguageModelError)) return result
    const error = result
    triedMs += ms
    if (!canBeRetried(error)) return yield* giveUp(office, asked, error)
    const { limits } = started.route
    const down = dispatcher.down()
    if (down === null && error.reason !== "rateLimited") nTries++
    if (down !== null && down.forMs > patienceMs) return yield* stopFor(office, asked, error, down)
    const backOffMs = Math.min(maxBackOffMs, firstBackOffMs * 2 ** nBackOffs++) * (0.5 + 0.5 * (yield* Random.next))
    const waitMs = Math.max(backOffMs, error.retryAfterMs ?? 0)
    if (nTries > limits.maxRetries || (down === null && triedMs + waitMs > limits.deadlineMs)) {
      return yield* giveUp(office, asked, hopeless(error, nBackOffs, triedMs))
    }
    counts.retried++
    avoid = started.route
    triedMs += down === null ? waitMs : 0
    asked.sentBy = null
    yield* Effect.sleep(waitMs)
  }
})

/** What a try came to. */
interface Tried {
  readonly ms: number
  readonly result: ReadonlyArray<Kept> | LanguageModelError
}

/** One try: sent, answered or not, written down and settled. Defects and journal errors end the exchange. */
const oneTry = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  ticket: Ticket,
  started: Started
): Effect.fn.Return<Tried, JournalError> {
  const { dispatcher, journal } = office
  const counts = office.countsOf(asked.model)
  asked.sentBy = started.route
  counts.inFlight++
  const isResumable = started.route.resumable !== undefined
  const openCall = office.budget.isCapped && !isResumable ? openCallOf(asked.model, ticket.worst) : null
  if (openCall !== null) {
    yield* Effect.onError(journal.open(openCall), () => Effect.sync(() => abandon(office, ticket, started)))
  }
  const startedAt = yield* Clock.currentTimeMillis
  const exit = yield* sent(asked, started, journal).pipe(
    Effect.onInterrupt(() => {
      abandon(office, ticket, started)
      const lost = isResumable || openCall !== null ? null : lostCase(office, asked, ticket.worst)
      return lost === null ? Effect.void : Effect.ignore(journal.lose(openCallOf(asked.model, lost)))
    }),
    Effect.exit
  )
  const endedAt = yield* Clock.currentTimeMillis
  const ms = endedAt - startedAt
  counts.inFlight--
  const failure = Exit.isSuccess(exit) ? null : languageModelErrorIn(exit.cause)
  const tried = {
    at: endedAt,
    endpoint: started.route.endpoint,
    model: asked.model,
    latencyMs: ms,
    requests: asked.filed.map(({ canonical }) => canonical)
  }
  if (Exit.isSuccess(exit)) {
    const usage = asked.usageOf(exit.value)
    const used = usage ?? (office.budget.isCapped ? yield* estimatedUsage(asked, exit.value) : null)
    dispatcher.finish(started, answered(used))
    office.proven.add(asked.model)
    const { costUsd, entries } = filing(office, asked, exit.value, { usage, used, ms, endedAt })
    const answers = office.log === null ? [] : asked.answersOf(exit.value).map(({ answer }) => answer)
    office.log?.({ ...tried, answers, usage, costUsd })
    const kept = yield* Effect.ensuring(
      Effect.forEach(entries, (entry, i) => journal.keep(entry, i === 0 ? openCall : null), {
        concurrency: "unbounded"
      }),
      Effect.sync(() => dispatcher.settle(started, ticket, { calls: 1, tokens: used && tokensOf(used), usd: costUsd }))
    )
    counts.answered++
    counts.promptTokens += usage?.promptTokens ?? 0
    counts.completionTokens += usage?.completionTokens ?? 0
    if (usage !== null && costUsd !== null) counts.costUsd = (counts.costUsd ?? 0) + costUsd
    return { ms, result: kept }
  }
  office.log?.({
    ...tried,
    usage: null,
    costUsd: null,
    problem: failure?.message ?? Cause.pretty(exit.cause),
    ...(failure === null ? {} : { reason: failure.reason })
  })
  // Before the lane is free again, so that nobody else walks into it.
  if (failure?.reason === "authentication" || failure?.reason === "outOfCredit") office.fatal ??= failure
  const mayBeBilled = failure === null || failure.mayBeBilled === true
  dispatcher.finish(started, endOf(failure))
  const lost = mayBeBilled ? openCallOf(asked.model, lostCase(office, asked, ticket.worst)) : null
  const written = openCall !== null ? journal.close(openCall, lost) : lost !== null ? journal.lose(lost) : Effect.void
  yield* Effect.ensuring(
    written,
    Effect.sync(() => dispatcher.settle(started, ticket, mayBeBilled ? ticket.worst : nothing))
  )
  if (mayBeBilled) counts.lost++
  if (failure === null) return yield* Effect.failCause(exit.cause as Cause.Cause<JournalError>)
  counts.failed++
  return { ms, result: failure }
})

/** Sends a request and waits for its answer, at most as long as the route allows; interrupting it takes the request back. */
const sent = <Answer>(
  asked: Exchange<Answer>,
  { heard, route }: Started,
  journal: Journal["Service"]
): Effect.Effect<Answer, LanguageModelError | JournalError> => {
  const call: Call = { key: asked.filed[0]!.key, heard, note: journal.note, writeNote: journal.writeNote }
  const answer = Effect.suspend(() => asked.send(route, call))
  const { timeoutMs } = route.limits
  if (timeoutMs === null) return answer
  // A plain timer and one fiber: a race takes two fibers and a sleep for each call.
  return Effect.contextWith((context: Context.Context<never>) =>
    Effect.callback((resume) => {
      const fiber = Effect.runForkWith(context)(answer)
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        fiber.interruptUnsafe()
      }, timeoutMs)
      fiber.addObserver((exit) => {
        clearTimeout(timer)
        resume(isLate && Exit.isFailure(exit) ? Effect.fail(tooLate(route, asked.model, timeoutMs)) : exit)
      })
      return Fiber.interrupt(fiber)
    })
  )
}

const tooLate = (route: Route, model: string, timeoutMs: number) =>
  new LanguageModelError({
    reason: "timedOut",
    provider: route.endpoint,
    model,
    found: `no answer within ${timeoutMs / 1000} s`,
    remedy: "raise timeoutMs or lower the concurrency; running again resumes",
    mayBeBilled: true
  })

/** Asked anew after each wait: another call may have met the end. */
const isOver = ({ fatal }: Office): boolean => fatal !== null

const isPaced = ({ routes }: Provider) => routes.some(({ limits }) => limits.tokensPerMinute !== undefined)

const oneCall: WorstCase = { calls: 1, tokens: null, usd: null }
const nothing: WorstCase = { calls: 0, tokens: 0, usd: 0 }

const openCallOf = (model: string, { tokens, usd }: WorstCase) => ({ model, tokens: tokens ?? 0, costUsd: usd ?? 0 })

const lostCase = <Answer>(office: Office, asked: Exchange<Answer>, worst: WorstCase): WorstCase =>
  worst === oneCall ? worstCase(asked.size, office.provider.price(asked.model)) : worst

const abandon = (office: Office, ticket: Ticket, started: Started) => {
  office.countsOf(ticket.model).inFlight--
  office.dispatcher.finish(started, { outcome: "neutral", endpointProblem: null, tokens: 0 })
  office.dispatcher.settle(started, ticket, nothing)
}

const tokensOf = ({ completionTokens, promptTokens }: Usage) => promptTokens + completionTokens

const answered = (used: Usage | null): TryEnd => ({
  outcome: "answered",
  endpointProblem: null,
  tokens: used && tokensOf(used)
})

const endOf = (error: LanguageModelError | null): TryEnd => {
  if (error === null) return { outcome: "neutral", endpointProblem: null, tokens: null }
  const { found, reason } = error
  const isEndpoints = canBeRetried(error) && reason !== "rateLimited"
  return {
    outcome: reason === "rateLimited" || reason === "timedOut" ? "refused" : "neutral",
    endpointProblem: isEndpoints ? found : null,
    tokens: error.mayBeBilled === true ? null : 0
  }
}

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
  { provider }: Office,
  asked: Exchange<Answer>,
  answer: Answer,
  { endedAt, ms, usage, used }: { usage: Usage | null; used: Usage | null; ms: number; endedAt: number }
) => {
  const price = provider.price(asked.model)
  const costUsd = used === null || price === null ? null : costOf(used, price)
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
      promptTokens: isFirst ? (usage?.promptTokens ?? null) : 0,
      completionTokens: isFirst ? (usage?.completionTokens ?? null) : 0,
      costUsd: isFirst ? costUsd : 0,
      estimate: isFirst && usage === null ? used : null,
      latencyMs: ms,
      answeredAt: endedAt,
      calls: isFirst ? 1 : 0
    }
  })
  return { costUsd, entries }
}

const errorOf = <Answer>(
  { provider }: Office,
  { model }: Exchange<Answer>,
  reason: LanguageModelError["reason"],
  found: string,
  remedy: string
) => new LanguageModelError({ reason, provider: provider.name, model, found, remedy })

const hopeless = (error: LanguageModelError, nTries: number, ms: number) =>
  aboutOneRow(error, {
    found: `${error.found} (${nTries} tries in ${(ms / 1000).toFixed(1)} s)`,
    remedy: "prefloom run --retry-rejects asks again"
  })

/** Ends an exchange without an answer: what concerns one row is filed, everything else ends the run once calls are home. */
const giveUp = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  error: LanguageModelError
) {
  const isOneRow = concernsOneRow(error) || (error.reason === "badRequest" && office.proven.has(asked.model))
  if (!isOneRow) {
    asked.sentBy = null
    yield* office.dispatcher.drained
    return yield* error
  }
  const { found, reason, remedy } = error
  const answeredAt = yield* Clock.currentTimeMillis
  for (const { canonical, key } of asked.filed) {
    yield* office.journal.keep({
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
    })
  }
  return yield* aboutOneRow(error)
})

/** All endpoints have been down for long: nothing more is asked. */
const stopFor = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  { reason }: LanguageModelError,
  down: { readonly forMs: number; readonly problem: string }
) {
  const minutes = Math.round(down.forMs / 60_000)
  office.fatal ??= errorOf(
    office,
    asked,
    reason,
    `no endpoint has answered for ${minutes} min: ${down.problem}`,
    "check that it runs and can be reached; running again resumes"
  )
  return yield* office.fatal
})

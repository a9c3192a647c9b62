import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { WorstCase } from "../Budget.ts"
import type { JournalEntry, JournalError, Kept } from "../Journal.ts"
import type { OpenCall } from "../OpenCalls.ts"
import type { Started, Ticket, TryEnd } from "./Dispatcher.ts"
import { estimateTokens } from "./estimateTokens.ts"
import type { Exchange, Office } from "./Exchange.ts"
import { canBeRetried, LanguageModelError } from "./LanguageModelError.ts"
import type { Call, Route, Usage } from "./Provider.ts"
import { costOf, noCall, oneCall, worstCase } from "./worstCase.ts"

/** A call that was given leave to start. */
interface Trying<Answer> {
  readonly office: Office
  readonly asked: Exchange<Answer>
  readonly ticket: Ticket
  readonly started: Started
  /** What the journal counts as lost if the process dies; null where nothing is capped, or nothing would be lost. */
  readonly openCall: OpenCall | null
}

/** What a try came to. */
export interface Tried {
  readonly ms: number
  readonly result: ReadonlyArray<Kept> | LanguageModelError
}

/** One try: sent, answered or not, written down and settled. Defects and journal errors end the exchange. */
export const oneTry = <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  ticket: Ticket,
  started: Started
): Effect.Effect<Tried, JournalError> => {
  asked.sentBy = started.route
  office.countsOf(asked.model).inFlight++
  const isOpened = office.budget.isCapped && started.route.resumable === undefined
  const openCall = isOpened ? openCallOf(asked.model, ticket.worst) : null
  const trying = { office, asked, ticket, started, openCall }
  if (openCall === null) return sendAndFile(trying)
  const opened = Effect.onError(office.journal.open(openCall), () => Effect.sync(() => abandon(trying)))
  return Effect.flatMap(opened, () => sendAndFile(trying))
}

const sendAndFile = <Answer>(trying: Trying<Answer>): Effect.Effect<Tried, JournalError> => {
  const { asked, office } = trying
  const startedAt = office.now()
  return Effect.flatMap(sent(trying), (exit) => {
    const endedAt = office.now()
    office.countsOf(asked.model).inFlight--
    const times = { endedAt, ms: endedAt - startedAt }
    if (Exit.isFailure(exit)) return fileFailure(trying, exit.cause, times)
    const usage = asked.usageOf(exit.value)
    return usage !== null || !office.budget.isCapped
      ? fileAnswer(trying, exit.value, { usage, used: usage, ...times })
      : Effect.flatMap(estimatedUsage(asked, exit.value), (used) =>
          fileAnswer(trying, exit.value, { usage, used, ...times })
        )
  })
}

/** Sends a request and waits for what comes of it, at most as long as the route allows; interrupting it takes the request back. */
const sent = <Answer>(trying: Trying<Answer>): Effect.Effect<Exit.Exit<Answer, LanguageModelError | JournalError>> =>
  // A plain timer and one fiber: a race takes two fibers and a sleep for each call.
  Effect.withFiber(({ context }) =>
    Effect.callback((resume) => {
      const { asked, office, started } = trying
      const { heard, route } = started
      const { note, writeNote } = office.journal
      const call: Call = { key: asked.filed[0]!.key, heard, note, writeNote }
      const fiber = Effect.runForkWith(context)(Effect.suspend(() => asked.send(route, call)))
      let late: LanguageModelError | null = null
      const { timeoutMs } = route.limits
      const beLate = () => {
        late = tooLate(route, asked.model)
        fiber.interruptUnsafe()
      }
      const timer = timeoutMs === null ? undefined : setTimeout(beLate, timeoutMs)
      fiber.addObserver((exit) => {
        clearTimeout(timer)
        resume(Effect.succeed(late !== null && Exit.isFailure(exit) ? Exit.fail(late) : exit))
      })
      return Effect.suspend(() => Effect.andThen(Fiber.interrupt(fiber), takeBack(trying)))
    })
  )

/** Ends a try that nobody waits for any more. */
const takeBack = <Answer>(trying: Trying<Answer>): Effect.Effect<void> => {
  const { asked, office, openCall, started, ticket } = trying
  abandon(trying)
  if (started.route.resumable !== undefined || openCall !== null) return Effect.void
  return Effect.ignore(office.journal.lose(openCallOf(asked.model, lostCase(office, asked, ticket.worst))))
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
  { asked, office, openCall, started, ticket }: Trying<Answer>,
  answer: Answer,
  ended: Used & Times
): Effect.Effect<Tried, JournalError> => {
  const { dispatcher, journal } = office
  const { ms, usage, used } = ended
  const tokens = used && tokensOf(used)
  dispatcher.finish(started, { outcome: "answered", endpointProblem: null, tokens })
  office.proven.add(asked.model)
  const { costUsd, entries } = filing(office, asked, answer, ended)
  if (office.log !== null) {
    const answers = asked.answersOf(answer).map((given) => given.answer)
    office.log({ ...recordOf(asked, started, ended), answers, usage, costUsd })
  }
  const kept: Effect.Effect<ReadonlyArray<Kept>, JournalError> = entries.length === 1
    ? Effect.map(journal.keep(entries[0]!, openCall), (one) => [one])
    : Effect.forEach(entries, (entry, i) => journal.keep(entry, i === 0 ? openCall : null), {
        concurrency: "unbounded"
      })
  const settled = Effect.ensuring(
    kept,
    Effect.sync(() => dispatcher.settle(started, ticket, { calls: 1, tokens, usd: costUsd }))
  )
  return Effect.map(settled, (result) => {
    const counts = office.countsOf(asked.model)
    counts.answered++
    counts.promptTokens += usage?.promptTokens ?? 0
    counts.completionTokens += usage?.completionTokens ?? 0
    if (usage !== null && costUsd !== null) counts.costUsd = (counts.costUsd ?? 0) + costUsd
    return { ms, result }
  })
}

const fileFailure = Effect.fnUntraced(function* <Answer>(
  { asked, office, openCall, started, ticket }: Trying<Answer>,
  cause: Cause.Cause<LanguageModelError | JournalError>,
  times: Times
): Effect.fn.Return<Tried, JournalError> {
  const { dispatcher, journal } = office
  const counts = office.countsOf(asked.model)
  const failure = languageModelErrorIn(cause)
  office.log?.({
    ...recordOf(asked, started, times),
    usage: null,
    costUsd: null,
    problem: failure?.message ?? Cause.pretty(cause),
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
    Effect.sync(() => dispatcher.settle(started, ticket, mayBeBilled ? ticket.worst : noCall))
  )
  if (mayBeBilled) counts.lost++
  if (failure === null) return yield* Effect.failCause(cause as Cause.Cause<JournalError>)
  counts.failed++
  return { ms: times.ms, result: failure }
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

const lostCase = <Answer>(office: Office, asked: Exchange<Answer>, worst: WorstCase): WorstCase =>
  worst === oneCall ? worstCase(asked.size, office.provider.price(asked.model)) : worst

const abandon = <Answer>({ office, started, ticket }: Trying<Answer>): void => {
  office.countsOf(ticket.model).inFlight--
  office.dispatcher.finish(started, { outcome: "neutral", endpointProblem: null, tokens: 0 })
  office.dispatcher.settle(started, ticket, noCall)
}

const tokensOf = ({ completionTokens, promptTokens }: Usage) => promptTokens + completionTokens

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
  { endedAt, ms, usage, used }: Used & Times
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

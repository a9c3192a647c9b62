import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Budget } from "../Budget.ts"
import type { Journal, JournalError, Kept } from "../Journal.ts"
import type { ModelCounts } from "../Progress.ts"
import type { CallRecord } from "../Run.ts"
import type { Dispatcher, Ticket } from "./Dispatcher.ts"
import { aboutOneRow, canBeRetried, concernsOneRow, LanguageModelError } from "./LanguageModelError.ts"
import { oneTry } from "./oneTry.ts"
import type { Call, Provider, Route, Usage } from "./Provider.ts"
import { noCall, oneCall, type RequestSize, worstCase } from "./worstCase.ts"

/** What all calls of a service share. */
export interface Office {
  readonly provider: Provider
  readonly journal: Journal["Service"]
  readonly dispatcher: Dispatcher
  readonly budget: Budget
  readonly countsOf: (model: string) => ModelCounts
  /** Milliseconds since 1970. */
  readonly now: () => number
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
      dispatcher.settle(started, ticket, noCall)
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

/** Asked anew after each wait: another call may have met the end. */
const isOver = ({ fatal }: Office): boolean => fatal !== null

const isPaced = ({ routes }: Provider) => routes.some(({ limits }) => limits.tokensPerMinute !== undefined)

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

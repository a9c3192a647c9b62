import * as crypto from "node:crypto"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { canonicalJson } from "../canonicalJson.ts"
import { Journal, JournalError, type Kept } from "../Journal.ts"
import { damagedJournal } from "../JournalError.ts"
import { RowCalls } from "../RowCalls.ts"
import { Run } from "../Run.ts"
import { EmbeddingLengths } from "./EmbeddingLengths.ts"
import { type Exchange, exchange, isUnderWay } from "./Exchange.ts"
import { filedError } from "./filedError.ts"
import { aboutOneRow, concernsOneRow, LanguageModelError } from "./LanguageModelError.ts"
import { missingFor } from "./missingFor.ts"
import { openOffice, verdict } from "./Office.ts"
import type {
  Completion,
  Embedding,
  EmbedRequest,
  Provider,
  ProviderSource,
  Request,
  Reward,
  RewardRequest,
  ScoreRequest,
  TextScore,
  Usage
} from "./Provider.ts"
import { SampleLimits } from "./SampleLimits.ts"
import { scoringCanonical, type ScoringRequest } from "./scoringCanonical.ts"
import { textsOf } from "./textsOf.ts"
import type { Ended } from "./Try.ts"
import { unsupported } from "./unsupported.ts"

type Answered<A> = Effect.Effect<A, LanguageModelError | JournalError>

/**
 * Asks models, each request once.
 *
 * An answer in the journal is returned without a call; a new one is in the journal before it is returned; equal requests in
 * flight share one call. Calls wait for a lane of the provider and for room in the budget, and are tried again where that can
 * help. A call that was sent is brought to its end and kept even when whoever asked is interrupted: it is paid for.
 */
export class LanguageModel extends Context.Service<
  LanguageModel,
  {
    readonly provider: Pick<Provider, "name" | "endpoint" | "defaultModel" | "simulated" | "capabilities">
    readonly complete: (request: Request) => Answered<Completion>
    /**
     * `n` samples of one request: sample `i` has sample index and seed raised by `i`.
     *
     * A provider that can gives all that the journal lacks in one call; its tokens are booked on the first of them.
     */
    readonly samples: (request: Request, n: number) => Answered<ReadonlyArray<Completion>>
    readonly score: (request: ScoreRequest) => Answered<TextScore>
    /** Fails, for its row alone, where an embedding is not as long as the first one that the run had of the model. */
    readonly embed: (request: EmbedRequest) => Answered<Embedding>
    readonly reward: (request: RewardRequest) => Answered<Reward>
    /** Marks the kept answer to a request as one that nobody could use; `prefloom run --retry-rejects` asks it again. */
    readonly condemn: (request: Request, problem: string) => Effect.Effect<void, JournalError>
    /** Fails where requests were refused, or brought nothing that can be read, and none of their kind was ever answered. */
    readonly verdict: Effect.Effect<void, LanguageModelError | JournalError>
  }
>()("prefloom/services/LanguageModel") {
  static readonly layer = (source: ProviderSource) => Layer.effect(LanguageModel, make(source))
}

interface Asking {
  readonly exchange: Exchange<never>
  /** How those who asked are told what came of it. */
  readonly askers: Array<(ended: Ended) => void>
  /** Set once it has begun. */
  underWay: ReturnType<typeof exchange> | undefined
  ended: Ended | undefined
}

const make = Effect.fnUntraced(function* (source: ProviderSource) {
  const provider = yield* source
  const journal = yield* Journal
  const { control, progress } = yield* Run
  progress.status = provider.status ?? null
  const office = yield* openOffice(provider)
  const { dispatcher } = office
  const asking = new Map<string, Asking>()
  yield* Effect.addFinalizer(() => comeHome(asking, wait))
  const stopListening = control.onChange(() => {
    office.standing.unlimited(null)
    dispatcher.pump()
  })
  yield* Effect.addFinalizer(() => Effect.sync(stopListening))

  const modelOf = (request: { readonly model: string | null }) => request.model ?? provider.defaultModel

  /** Starts an exchange that outlives whoever asks first. */
  const begin = <Answer>(asked: Exchange<Answer>, context: Context.Context<never>): Asking => {
    const entry: Asking = {
      exchange: asked as unknown as Exchange<never>,
      askers: [],
      underWay: undefined,
      ended: undefined
    }
    for (const { key } of asked.filed) asking.set(key, entry)
    entry.underWay = exchange(office, asked, Effect.runForkWith(context), (exit) => {
      for (const { key } of asked.filed) asking.delete(key)
      entry.ended = exit
      for (const tell of entry.askers.splice(0)) tell(exit)
    })
    return entry
  }

  /** Waits with others; the last one to leave takes along a call that was not sent yet. */
  const wait = (entry: Asking): Answered<ReadonlyArray<Kept>> =>
    Effect.callback((resume) => {
      if (entry.ended !== undefined) return resume(entry.ended)
      entry.askers.push(resume)
      return Effect.suspend(() => {
        entry.askers.splice(entry.askers.indexOf(resume), 1)
        return entry.askers.length === 0 && !isUnderWay(entry.exchange) ? takeBack(entry) : Effect.void
      })
    })

  /** What the journal holds. Where it cannot be read nothing more is asked: the answer may be there, and paid for. */
  const find = (key: string): Kept | undefined => {
    try {
      return journal.find(key)
    } catch (problem) {
      if (!(problem instanceof JournalError)) throw problem
      office.fatal ??= problem
      return undefined
    }
  }

  /** Reads what the journal holds: where that is no JSON any more, nothing more is asked. */
  const reading = <A>(what: string, read: () => A): Effect.Effect<A, JournalError> =>
    Effect.try({
      try: read,
      catch: () => {
        const damaged = damagedJournal(journal.file, `${what} that is no JSON`)
        office.fatal ??= damaged
        return damaged
      }
    })

  const contentOf = (kept: Kept): Answered<unknown> => reading("an answer", () => JSON.parse(kept.answer) as unknown)

  const replay = (model: string, kind: string, kept: Kept): Answered<unknown> => {
    if (kept.answer === "null") {
      return Effect.flatMap(
        reading("a failure", () => filedError(provider.name, model, kept.failure)),
        Effect.fail
      )
    }
    progress.model(model).replayed++
    office.standing.replayed(kind)
    return contentOf(kept)
  }

  /** Where an answer that nobody could use was asked again, and there is none: the one that is there. */
  const orCondemned = (key: string, answered: Answered<unknown>): Answered<unknown> =>
    Effect.catchTag(answered, "LanguageModelError", (error) => {
      if (!concernsOneRow(error)) return Effect.fail(error)
      const kept = Effect.try({ try: () => journal.condemned(key), catch: (problem) => problem as JournalError })
      return Effect.flatMap(kept, (one) => (one === undefined ? Effect.fail(error) : contentOf(one)))
    })

  /** Answers from the journal, from a call in flight, or by a new call. To be called by a fiber of this context. */
  const ask = (
    context: Context.Context<never>,
    key: string,
    { kind, model }: Pick<Exchange<unknown>, "kind" | "model">,
    makeExchange: () => Exchange<unknown>
  ): Answered<unknown> => {
    const look = (): Answered<unknown> => {
      const kept = find(key) ?? office.standing.held(key)
      if (kept !== undefined) return replay(model, kind, kept)
      const same = asking.get(key)
      if (same === undefined) return Effect.map(wait(begin(makeExchange(), context)), answerOf)
      const isShared = same.exchange.filed.length > 1
      return Effect.matchCauseEffect(wait(same), {
        // Whoever asked first left before there was an answer, or it is one of several samples: look again.
        onFailure: (cause) =>
          Cause.hasInterruptsOnly(cause) || (isShared && isRefusal(Cause.squash(cause)))
            ? Effect.suspend(look)
            : Effect.failCause(cause),
        onSuccess: (all) => (isShared ? Effect.suspend(look) : Effect.sync(() => answerOf(all)))
      })
    }
    Context.get(context, RowCalls)?.add(key)
    return orCondemned(key, look())
  }

  const fileOf = (request: Request) => {
    const canonical = canonicalJson({
      provider: provider.name,
      endpoint: provider.endpoint,
      model: modelOf(request),
      sampleIndex: request.sampleIndex,
      request: provider.canonical(request)
    })
    return { canonical, key: keyOf(canonical) }
  }

  const complete = (request: Request): Answered<Completion> =>
    Effect.withFiber(({ context }) => {
      const missing = missingFor(request, provider.capabilities)
      if (missing !== null) return Effect.fail(unsupported(provider, modelOf(request), missing))
      const filed = fileOf(request)
      const model = modelOf(request)
      const kind = kindOf(request, model)
      const asked = (): Exchange<Completion> => ({
        model,
        kind,
        filed: [filed],
        size: { texts: textsOf(request), maxTokens: request.maxTokens },
        send: (route, call) => route.complete(request, call),
        answersOf: soleCompletion,
        usageOf,
        sentBy: null
      })
      return ask(context, filed.key, { kind, model }, asked as () => Exchange<unknown>) as Answered<Completion>
    })

  const condemn = (key: string, problem: string) => journal.condemn(key, JSON.stringify({ reason: problem }))
  const sampleLimits = new SampleLimits()

  const samples = (request: Request, n: number): Answered<ReadonlyArray<Completion>> => {
    if (n === 1) return Effect.map(complete(request), (answer) => [answer])
    return Effect.suspend(() => {
      const single = Array.from({ length: n }, (_, i) => sampleOf(request, i))
      const all = Effect.forEach(single, complete, { concurrency: 8 })
      if (!provider.routes.every((route) => route.samples !== undefined)) return all
      const missing = single
        .map((sample) => ({ sample, ...fileOf(sample) }))
        .filter(({ key }) => find(key) === undefined && !asking.has(key))
      const [first] = missing
      const model = modelOf(request)
      const isVain = () => sampleLimits.isTooMany(model, missing.length)
      let isCounted = false
      if (first === undefined || missing.length === 1 || isVain()) return all
      const together: Exchange<ReadonlyArray<Completion>> = {
        model,
        kind: kindOf(request, model),
        filed: missing,
        size: {
          texts: textsOf(request),
          maxTokens: request.maxTokens === undefined ? undefined : missing.length * request.maxTokens
        },
        send: (route, call) => route.samples!(first.sample, missing.length, call),
        answersOf: (answers) => answers.map((answer) => ({ answer, text: answer.text })),
        usageOf: (answers) => answers[0]?.usage ?? null,
        isVain,
        onRefused: () => {
          isCounted = true
          sampleLimits.refused(model, missing.length)
        },
        sentBy: null
      }
      const keys = missing.map(({ key }) => key)
      // What the call brought is in the journal now; what it did not bring is asked for one by one.
      const given = Effect.forEach(
        single,
        (sample) => {
          const { key } = fileOf(sample)
          const kept = keys.includes(key) ? find(key) : undefined
          return kept === undefined || kept.answer === "null"
            ? complete(sample)
            : (contentOf(kept) as Answered<Completion>)
        },
        { concurrency: 8 }
      )
      const whole = Effect.withFiber(({ context }) => {
        const calls = Context.get(context, RowCalls)
        for (const key of keys) calls?.add(key)
        return wait(begin(together, context))
      })
      return Effect.flatMap(Effect.result(whole), (result) => {
        if (Result.isSuccess(result)) {
          sampleLimits.given(model, result.success.length)
          return given
        }
        const error = result.failure
        // A server may know no more than one sample a call; and where the row is at fault, each may be on file.
        if (!isRefusal(error) && !(error instanceof LanguageModelError && concernsOneRow(error)))
          return Effect.fail(error)
        return Effect.tapError(given, (problem) =>
          Effect.sync(() => {
            if (isCounted && isRefusal(problem)) sampleLimits.refusedAlone(model, missing.length)
          })
        )
      })
    })
  }

  const lengths = new EmbeddingLengths()

  const other =
    <Asked extends ScoringRequest, Answer extends { readonly usage: Usage | null }>(
      kind: "score" | "embed" | "reward",
      /** The error of an answer that does not go with others of its model; null for one that does. */
      misfitOf: (model: string, request: Asked, answer: Answer) => LanguageModelError | null = () => null
    ) =>
    (request: Asked): Answered<Answer> =>
      Effect.withFiber(({ context }) => {
        const model = modelOf(request)
        const route = provider.routes.find((one) => one[kind] !== undefined)
        if (route === undefined) return Effect.fail(unsupported(provider, model, kind))
        const canonical = canonicalJson(scoringCanonical(provider, kind, request))
        const key = keyOf(canonical)
        const fitting = (answer: Answer, refuse: (error: LanguageModelError) => Answered<never>) => {
          const error = misfitOf(model, request, answer)
          return error === null ? Effect.succeed(answer) : refuse(error)
        }
        const asked = (): Exchange<Answer> => ({
          model,
          kind: `${model} ${kind}`,
          filed: [{ key, canonical }],
          // A server that scores a text may insist on generating one token.
          size: { texts: textsOf(request), maxTokens: 1 },
          send: (taken, call) => {
            const send = taken[kind] as unknown as ((request: Asked, call: unknown) => Answered<Answer>) | undefined
            if (send === undefined) return Effect.fail(unsupported(provider, model, kind))
            return Effect.flatMap(send(request, call), (answer) => fitting(answer, Effect.fail))
          },
          answersOf: (answer) => [{ answer, text: "" }],
          usageOf,
          sentBy: null
        })
        const answered = ask(
          context,
          key,
          { kind: `${model} ${kind}`, model },
          asked as unknown as () => Exchange<unknown>
        )
        // One that is kept is paid: it stays, marked, until a better one comes.
        return Effect.flatMap(answered as Answered<Answer>, (answer) =>
          fitting(answer, (error) => Effect.andThen(condemn(key, error.found), Effect.fail(aboutOneRow(error))))
        )
      })

  const { name, endpoint, defaultModel, simulated, capabilities } = provider
  return LanguageModel.of({
    provider: { name, endpoint, defaultModel, simulated, capabilities },
    complete,
    samples,
    score: other<ScoreRequest, TextScore>("score"),
    embed: other<EmbedRequest, Embedding>("embed", (...given) => lengths.misfit(name, ...given)),
    reward: other<RewardRequest, Reward>("reward"),
    condemn: (request, problem) => condemn(fileOf(request).key, problem),
    verdict: verdict(office)
  })
})

/** What a server may know or not know as a whole: writing texts, and writing them after a JSON schema. */
const kindOf = ({ answer }: Request, model: string): string => `${model} ${answer === undefined ? "text" : "json"}`

const keyOf = (canonical: string): string => crypto.hash("sha256", canonical)

const soleCompletion = (answer: Completion) => [{ answer, text: answer.text }]
const usageOf = ({ usage }: { readonly usage: Usage | null }): Usage | null => usage

const answerOf = ([first]: ReadonlyArray<Kept>): unknown => JSON.parse(first!.answer)

/** The request for the sample `i` places further: with an index and, where there is one, a seed of its own. */
export const sampleOf = (request: Request, i: number): Request => ({
  ...request,
  sampleIndex: request.sampleIndex + i,
  seed: request.seed === undefined ? undefined : request.seed + i
})

/** Several samples in one call may be what is refused. */
const isRefusal = (problem: unknown): boolean =>
  problem instanceof LanguageModelError && problem.reason === "badRequest"

const takeBack = ({ underWay }: Asking): Effect.Effect<void> => underWay?.takeBack ?? Effect.void

/** Milliseconds that calls in flight may take to come home when the service ends. */
const graceMs = 30_000

/** Calls that were sent are waited for, others are taken back. */
const comeHome = (
  asking: ReadonlyMap<string, Asking>,
  wait: (entry: Asking) => Answered<unknown>
): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.forEach(
      new Set(asking.values()),
      (entry) =>
        isUnderWay(entry.exchange)
          ? Effect.andThen(Effect.timeoutOption(Effect.exit(wait(entry)), graceMs), takeBack(entry))
          : takeBack(entry),
      { concurrency: "unbounded", discard: true }
    )
  )

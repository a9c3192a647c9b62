import * as crypto from "node:crypto"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { canonicalJson } from "../canonicalJson.ts"
import { Journal, type JournalError } from "../Journal.ts"
import { Run } from "../Run.ts"

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/**
 * What a request is for, in a form that needs no reading of English.
 *
 * Only the simulated and the scripted provider look at it; it is never sent to a server and is no part of what a server's
 * answer is filed under.
 */
export type Task =
  | { readonly kind: "generate"; readonly prompt: string; readonly persona: string | null }
  | { readonly kind: "inject"; readonly prompt: string; readonly original: string; readonly errorType: string }
  | {
      readonly kind: "rate"
      readonly prompt: string
      readonly text: string
      readonly annotator: string
      readonly axis: string
      readonly scale: readonly [number, number]
    }
  | {
      readonly kind: "compare"
      readonly prompt: string
      readonly first: string
      readonly second: string
      readonly annotator: string
      readonly axis: string
    }

/** A request for one completion. `sampleIndex` tells repeated samples of one request apart. */
export interface Request {
  readonly task: Task
  readonly messages: ReadonlyArray<Message>
  /** `null` asks the model that the provider was made with. */
  readonly model: string | null
  readonly sampleIndex: number
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly maxTokens?: number | undefined
  readonly seed?: number | undefined
  readonly stop?: ReadonlyArray<string> | undefined
  /** Asks for JSON of this JSON Schema. */
  readonly answer?: { readonly name: string; readonly schema: unknown } | undefined
}

/** The answer to a request. `planted` is what a simulated model knows about its own answer, null for every other. */
export interface Completion {
  readonly text: string
  readonly finishReason: "stop" | "length" | "contentFilter" | "refusal" | "other"
  readonly model: string
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | null
  readonly planted: { readonly quality: number | null; readonly correct: boolean | null } | null
}

/** A model did not answer. The reason tells what can be done about it. */
export class LanguageModelError extends Schema.TaggedError<LanguageModelError>()("LanguageModelError", {
  reason: Schema.Literals([
    "authentication",
    "rateLimited",
    "overloaded",
    "timedOut",
    "unreachable",
    "contentFilter",
    "contextTooLong",
    "badRequest",
    "unsupported",
    "notJournaled"
  ]),
  provider: Schema.String,
  model: Schema.String,
  found: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `Cannot get an answer from ${this.provider} model "${this.model}": ${this.found}; ${this.remedy}`
  }
}

/** Reasons that concern one row alone: the row becomes a reject and the run goes on. */
export const concernsOneRow = (error: LanguageModelError): boolean =>
  error.reason === "contentFilter" || error.reason === "contextTooLong"

/**
 * What a vendor has to implement; the contract suite `test/contracts/provider.ts` says how it must behave.
 *
 * `canonical` returns everything that decides the answer and no secret: the journal files the answer under its hash.
 * `costUsd` is null where no price is known.
 */
export interface Provider {
  readonly name: string
  /** The base URL, or the name a user gave it. */
  readonly endpoint: string
  readonly defaultModel: string
  /** True when no real model stands behind it; stages mark what it made. */
  readonly simulated: boolean
  readonly capabilities: ReadonlyArray<string>
  /** Calls in flight at once. */
  readonly concurrency: number
  readonly canonical: (request: Request) => unknown
  readonly complete: (request: Request) => Effect.Effect<Completion, LanguageModelError>
  readonly costUsd: (model: string, usage: NonNullable<Completion["usage"]>) => number | null
}

/** How a provider is started. Nothing is contacted and no key is read before the first call. */
export type ProviderSource = Effect.Effect<Provider, LanguageModelError, Scope.Scope>

/**
 * Asks models, each request once.
 *
 * An answer in the journal is returned without a call; a new one is in the journal before it is returned; two equal requests
 * in flight share one call. Calls wait for a lane of the provider.
 */
export class LanguageModel extends Context.Service<
  LanguageModel,
  {
    readonly provider: Pick<Provider, "name" | "endpoint" | "defaultModel" | "simulated" | "capabilities">
    readonly complete: (request: Request) => Effect.Effect<Completion, LanguageModelError | JournalError>
  }
>()("prefloom/services/LanguageModel") {
  static readonly layer = (source: ProviderSource) => Layer.effect(LanguageModel, make(source))
}

const make = Effect.fnUntraced(function* (source: ProviderSource) {
  const provider = yield* source
  const journal = yield* Journal
  const { progress } = yield* Run
  const lanes = Semaphore.makeUnsafe(provider.concurrency)
  const asking = new Map<string, Deferred.Deferred<Completion, LanguageModelError | JournalError>>()

  /** One call in a lane of the provider, with how long it took. */
  const call = (model: string, request: Request) =>
    lanes.withPermit(
      Effect.suspend(() => {
        const counts = progress.model(model)
        counts.inFlight++
        return Clock.currentTimeMillis.pipe(
          Effect.flatMap((startedAt) =>
            Effect.flatMap(provider.complete(request), (completion) =>
              Effect.map(Clock.currentTimeMillis, (answeredAt) => ({ completion, startedAt, answeredAt }))
            )
          ),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              counts.inFlight--
              if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) counts.failed++
            })
          )
        )
      })
    )

  const spend = (model: string, { model: answeredBy, usage }: Completion) => {
    const counts = progress.model(model)
    counts.answered++
    if (usage === null) return
    counts.promptTokens += usage.promptTokens
    counts.completionTokens += usage.completionTokens
    const cost = provider.costUsd(answeredBy, usage)
    if (cost !== null) counts.costUsd = (counts.costUsd ?? 0) + cost
  }

  /** Asks and keeps: from the moment an answer is there, nothing comes between it and the journal, not even an interrupt. */
  const ask = (key: string, canonical: string, request: Request) =>
    Effect.uninterruptibleMask((restore) => {
      const model = request.model ?? provider.defaultModel
      return Effect.flatMap(restore(call(model, request)), ({ completion, startedAt, answeredAt }) =>
        Effect.map(
          journal.keep({
            key,
            provider: provider.name,
            endpoint: provider.endpoint,
            model,
            request: canonical,
            answer: JSON.stringify(completion),
            promptTokens: completion.usage?.promptTokens ?? null,
            completionTokens: completion.usage?.completionTokens ?? null,
            latencyMs: answeredAt - startedAt,
            answeredAt
          }),
          () => {
            spend(model, completion)
            return completion
          }
        )
      )
    })

  const complete = (request: Request): Effect.Effect<Completion, LanguageModelError | JournalError> =>
    Effect.suspend(() => {
      const { name, endpoint } = provider
      const canonical = canonicalJson({
        provider: name,
        endpoint,
        model: request.model ?? provider.defaultModel,
        sampleIndex: request.sampleIndex,
        request: provider.canonical(request)
      })
      const key = crypto.hash("sha256", canonical)
      const kept = journal.find(key)
      if (kept !== undefined) {
        progress.model(request.model ?? provider.defaultModel).replayed++
        return Effect.succeed(JSON.parse(kept) as Completion)
      }
      const sameRequest = asking.get(key)
      if (sameRequest !== undefined) {
        // When whoever asked first is interrupted there is no answer yet, and the next in line asks.
        return Effect.catchCause(Deferred.await(sameRequest), (cause) =>
          Cause.hasInterruptsOnly(cause) ? complete(request) : Effect.failCause(cause)
        )
      }
      const answer = Deferred.makeUnsafe<Completion, LanguageModelError | JournalError>()
      asking.set(key, answer)
      return ask(key, canonical, request).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            Deferred.doneUnsafe(answer, exit)
            asking.delete(key)
          })
        )
      )
    })

  const { name, endpoint, defaultModel, simulated, capabilities } = provider
  return LanguageModel.of({ provider: { name, endpoint, defaultModel, simulated, capabilities }, complete })
})

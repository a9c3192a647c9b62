import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Call, Provider, ProviderSource, Request, Route } from "../services/Provider.ts"
import { BatchDesk } from "./BatchDesk.ts"
import { BatchServer } from "./BatchServer.ts"
import { checkEndpointOptions } from "./checkEndpointOptions.ts"
import { chatBody, readCompletions } from "./Compatible.ts"
import { type EndpointOptions, endpointsOf } from "./Endpoint.ts"
import { openai } from "./openai.ts"

/** What goes into a batch, and what is asked live. */
export interface BatchOptions extends EndpointOptions {
  /** Requests after which a batch is sent. Default 50,000, which is the most that OpenAI takes. */
  readonly maxRequests?: number
  /** Fewer requests than this are asked live. Default 1: all go into batches. */
  readonly minRequests?: number
  /** Milliseconds without a new request after which a batch is sent. Default 5,000. */
  readonly quietMs?: number
  /**
   * What a batch leaves unanswered, because it expired or for an error that may pass, is asked live (`rest`, the default) or goes
   * into the next batch (`never`), and becomes a reject after `maxRetries` of these.
   */
  readonly live?: "rest" | "never"
}

/** The most that OpenAI takes in one batch. */
const maxRequestsEver = 50_000
const maxBytesEver = 200_000_000

/**
 * Asks OpenAI in offline batches: up to a day of waiting for half the price.
 *
 * Completions are gathered into a batch for each model; embeddings and rewards are asked live. Rejects and retries, the journal
 * and its keys are those of `openai`, so a run may change from one to the other, and asks again for nothing that is answered; what a
 * batch is under way with is asked, and paid, again by `openai`, which says so. Prices are taken from `prices` and nowhere halved: give those of batches; then live calls count too little.
 *
 * A run that is stopped while it waits, or dies, finds its batches again: the journal knows them by their ids, or, where the
 * process died between the creation of a batch and the arrival of its id, the server knows them by a token in their metadata.
 * What is lost is a batch that the server lists only later than it is looked for. Answers that nobody asked for stay on the
 * server, and are taken by a later run that asks; after 30 days both sides forget them. Two runs may share a journal one after
 * the other, and then share batches; at the same time they should not.
 *
 * A failed validation ends the run with the server's words, unless it names single lines: these become rejects. Errors of the
 * network are waited out while a batch is under way.
 *
 * @example
 * ```ts
 * import { batch } from "prefloom"
 *
 * export const provider = batch({
 *   model: "gpt-4.1-mini",
 *   prices: { "gpt-4.1-mini": { inputPerMillion: 0.2, outputPerMillion: 0.8 } },
 *   minRequests: 100
 * })
 * ```
 */
export const batch = (options: BatchOptions): ProviderSource => {
  checkEndpointOptions("batch", options)
  return Effect.gen(function* () {
    check(options)
    const provider = yield* openai(options)
    const [endpoint] = endpointsOf(provider.name, options)
    const [direct] = provider.routes
    if (endpoint === undefined || direct === undefined || provider.routes.length > 1) {
      throw new Error(
        `Cannot use batch: found ${provider.routes.length} base URLs, expected one; a batch lives on one server`
      )
    }
    const scope = yield* Effect.acquireRelease(Scope.make(), (opened) => Scope.close(opened, Exit.void))
    const desk = new BatchDesk(
      {
        maxRequests: options.maxRequests ?? maxRequestsEver,
        maxBytes: maxBytesEver,
        minRequests: options.minRequests ?? 1,
        quietMs: options.quietMs ?? 5000,
        restLive: options.live !== "never",
        maxRetries: endpoint.limits.maxRetries
      },
      {
        server: new BatchServer(endpoint),
        endpoint,
        account: `${endpoint.baseUrl} ${options.keyVariable ?? "OPENAI_API_KEY"}`,
        scope
      }
    )
    yield* Effect.addFinalizer(() => desk.close)

    const { concurrency, timeoutMs } = endpoint.limits
    const lanes = Semaphore.makeUnsafe(concurrency)
    /** Live calls that were sent. */
    const sentLive = new Set<string>()
    const sending = <A, E>(answer: Effect.Effect<A, E>, { key, leaves }: Call) =>
      Effect.suspend(() => {
        sentLive.add(key)
        return Effect.ensuring(
          Effect.andThen(leaves("live"), answer),
          Effect.sync(() => sentLive.delete(key))
        )
      })
    /** The service knows the limits of batches alone. */
    const asLive =
      <Asked extends { readonly model: string | null }, A, E>(
        answer: (request: Asked, call: Call) => Effect.Effect<A, E>
      ) =>
      (request: Asked, call: Call) =>
        lanes.withPermits(1)(
          Effect.timeoutOrElse(sending(answer(request, call), call), {
            duration: timeoutMs ?? Number.POSITIVE_INFINITY,
            orElse: () =>
              Effect.fail(
                endpoint.fail(
                  "timedOut",
                  request.model ?? options.model,
                  `no answer within ${(timeoutMs ?? 0) / 1000} s`,
                  "raise timeoutMs or lower the concurrency; running again resumes",
                  { mayBeBilled: true }
                )
              )
          })
        )

    const live = asLive(direct.complete)
    const complete: Route["complete"] = Effect.fnUntraced(function* (request: Request, call: Call) {
      if (desk.isLive(call.key)) return yield* live(request, call)
      const model = request.model ?? options.model
      const answer = yield* desk.ask(call, model, chatBody(request, options))
      if (answer === "live") return yield* live(request, call)
      const completions = readCompletions(answer.body, model, request)
      if (typeof completions !== "string") return completions[0]!
      desk.disappoint(call.key)
      return yield* endpoint.unusable(model, completions, answer.body)
    })

    return {
      ...provider,
      capabilities: provider.capabilities.filter((capability) => capability !== "samples"),
      routes: [
        {
          endpoint: direct.endpoint,
          resumable: (key) => !sentLive.has(key),
          limits: {
            concurrency: maxRequestsEver,
            timeoutMs: null,
            deadlineMs: Number.POSITIVE_INFINITY,
            maxRetries: endpoint.limits.maxRetries
          },
          complete,
          ...(direct.score === undefined ? {} : { score: asLive(direct.score) }),
          ...(direct.embed === undefined ? {} : { embed: asLive(direct.embed) }),
          ...(direct.reward === undefined ? {} : { reward: asLive(direct.reward) })
        }
      ],
      rowsUnderWay: maxRequestsEver,
      status: () => desk.status()
    } satisfies Provider
  })
}

const check = ({ maxRequests = maxRequestsEver, minRequests = 1, quietMs = 0 }: BatchOptions): void => {
  const wrong = !isCount(maxRequests, maxRequestsEver)
    ? `maxRequests ${maxRequests}, expected a whole number from 1 to 50,000`
    : !isCount(minRequests, maxRequests)
      ? `minRequests ${minRequests}, expected a whole number from 1 to maxRequests`
      : !(quietMs >= 0)
        ? `quietMs ${quietMs}, expected milliseconds from 0`
        : null
  if (wrong !== null) throw new Error(`Cannot use batch: found ${wrong}`)
}

const isCount = (n: number, most: number): boolean => Number.isInteger(n) && n >= 1 && n <= most

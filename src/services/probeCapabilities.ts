import * as crypto from "node:crypto"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { LanguageModelError } from "./LanguageModelError.ts"
import type { Call, Capability, Completion, Provider, Request, Route } from "./Provider.ts"

/** What one small question to an endpoint came to. */
export interface Probe {
  /** `completion` is a plain one. */
  readonly asked: "completion" | Capability
  readonly endpoint: string
  readonly ms: number
  /** Why it does not work; null where it does. */
  readonly problem: string | null
  /** The question itself failed; false where an answer came and it lacks what was asked for. */
  readonly refused: boolean
}

/** How many calls `probeCapabilities` makes at most: one plain completion and one for each capability, at each endpoint. */
export const mostProbes = (provider: Pick<Provider, "capabilities" | "routes">): number =>
  provider.routes.reduce((sum, route) => sum + questionsTo(route, provider).length, 0)

/** What to ask a route; offline batches are left out, which would answer tomorrow. */
const questionsTo = (route: Route, { capabilities }: Pick<Provider, "capabilities">): ReadonlyArray<Probe["asked"]> =>
  [...new Set(["completion" as const, ...capabilities])].filter(
    (asked) => route.resumable === undefined || asked === "embed" || asked === "reward" || asked.startsWith("score")
  )

/**
 * Asks each endpoint of a provider one small question for a plain completion and for each capability it declares.
 *
 * Makes up to `mostProbes` calls of a few tokens each, one after the other at each endpoint, once each and without the journal:
 * asking again costs again. The default model is asked. Whatever an endpoint answers, or fails with, is part of the result; a
 * call that takes longer than the endpoint's time-out does not work. What a server only pretends to do (a seed it does not
 * heed) cannot be seen.
 */
export const probeCapabilities = (provider: Provider): Effect.Effect<ReadonlyArray<Probe>> =>
  Effect.map(
    Effect.forEach(
      provider.routes,
      (route) => Effect.forEach(questionsTo(route, provider), (asked) => probe(route, asked)),
      { concurrency: "unbounded" }
    ),
    (probes) => probes.flat()
  )

const probe = Effect.fnUntraced(function* (route: Route, asked: Probe["asked"]) {
  const startedAt = yield* Clock.currentTimeMillis
  const { timeoutMs } = route.limits
  const answered = Effect.suspend(() => questions[asked](route, callFor(asked)))
  const exit = yield* Effect.exit(
    timeoutMs === null
      ? answered
      : Effect.timeoutOrElse(answered, {
          duration: timeoutMs,
          orElse: () => Effect.fail(new Error(`no answer within ${timeoutMs / 1000} s`))
        })
  )
  const ms = (yield* Clock.currentTimeMillis) - startedAt
  if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
  const problem = Exit.isSuccess(exit) ? exit.value : whyIn(exit.cause)
  return { asked, endpoint: route.endpoint, ms, problem, refused: Exit.isFailure(exit) } satisfies Probe
})

const whyIn = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (error instanceof LanguageModelError) return `${error.found}; ${error.remedy}`
  return error instanceof Error ? error.message : String(error)
}

/** Outside any run: nobody listens, and nothing outlives the call. */
const callFor = (asked: string): Call => ({
  key: crypto.hash("sha256", `probe ${asked}`),
  heard: () => {},
  note: () => undefined,
  writeNote: () => Effect.void,
  leaves: () => Effect.void,
  cancelled: () => {}
})

const question = "Is water wet? Answer yes or no."

const requestWith = (more: Partial<Request>): Request => ({
  task: { kind: "generate", prompt: question, persona: null },
  messages: [{ role: "user", content: question }],
  model: null,
  sampleIndex: 0,
  maxTokens: 16,
  ...more
})

const schema = {
  type: "object",
  properties: { wet: { type: "boolean" } },
  required: ["wet"],
  additionalProperties: false
}

type Question = (route: Route, call: Call) => Effect.Effect<string | null, unknown>

/** A completion with something extra; `problemIn` says what its answer lacks. */
const completion =
  (more: Partial<Request>, problemIn: (answer: Completion) => string | null): Question =>
  (route, call) =>
    Effect.map(route.complete(requestWith(more), call), problemIn)

const fine = () => null

/** A model that thinks first may run out of tokens before its answer begins, which says nothing about the answer. */
const isCutShort = ({ finishReason, text }: Completion): boolean => finishReason === "length" && text.trim() === ""

const isOfSchema = (text: string): boolean => {
  try {
    return typeof (JSON.parse(text) as { readonly wet?: unknown } | null)?.wet === "boolean"
  } catch {
    return false
  }
}

const notOffered = Effect.succeed("the provider declares it but has no function for it")

const score =
  (context: string | Request["messages"]): Question =>
  (route, call) =>
    route.score === undefined
      ? notOffered
      : Effect.map(route.score({ context, text: " yes", model: null }, call), ({ tokens }) =>
          tokens.length > 0 ? null : "an answer without tokens"
        )

const questions: Readonly<Record<Probe["asked"], Question>> = {
  completion: completion({}, fine),
  seed: completion({ seed: 1 }, fine),
  jsonSchema: completion({ answer: { name: "water", schema }, maxTokens: 64 }, (answer) =>
    isCutShort(answer) || isOfSchema(answer.text) ? null : "an answer that does not fit its JSON Schema"
  ),
  samples: (route, call) =>
    route.samples === undefined
      ? notOffered
      : Effect.map(route.samples(requestWith({}), 2, call), ({ length }) =>
          length >= 2 ? null : `${length} of 2 samples`
        ),
  prefix: completion({ prefix: "The answer is" }, ({ text }) =>
    text.trimStart().startsWith("The answer is") ? "an answer that repeats its beginning" : null
  ),
  topLogProbs: completion({ topLogProbs: 2 }, (answer) =>
    isCutShort(answer) || answer.logProbs?.some(({ alternatives }) => alternatives.length > 0) === true
      ? null
      : "an answer without log-probabilities of alternatives"
  ),
  scoreText: score("Is water wet? The answer is"),
  scoreChat: score(requestWith({}).messages),
  embed: (route, call) =>
    route.embed === undefined ? notOffered : Effect.as(route.embed({ text: "wet", model: null }, call), null),
  reward: (route, call) =>
    route.reward === undefined
      ? notOffered
      : Effect.as(route.reward({ messages: requestWith({}).messages, text: "yes", model: null }, call), null)
}

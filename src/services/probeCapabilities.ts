import * as crypto from "node:crypto"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { LanguageModelError } from "./LanguageModelError.ts"
import type { Call, Capability, Completion, Provider, Request, Route } from "./Provider.ts"

/** What to ask an endpoint for, and of which model. `completion` is a plain one. */
export interface ProbeQuestion {
  readonly asked: "completion" | Capability
  readonly model: string
}

/** What one small question to an endpoint came to. */
export interface Probe extends ProbeQuestion {
  readonly endpoint: string
  /** Milliseconds until the answer; null where it was not asked. */
  readonly ms: number | null
  /** Why it does not work; null where it does, or where nobody knows. */
  readonly problem: string | null
  /** Why the answer shows neither that it works nor that it does not; null where it shows something. */
  readonly doubt: string | null
  /** The question itself failed, or was not asked; false where an answer came and it lacks what was asked for. */
  readonly refused: boolean
}

/** Milliseconds that a question is waited for at most: long enough for a model that has to be loaded first. */
export const probeMs = 30_000

/** How many calls `probeCapabilities` makes at most: one for each question, at each endpoint. */
export const mostProbes = (
  provider: Pick<Provider, "routes">,
  questions: ReadonlyArray<Pick<ProbeQuestion, "asked">>
): number => provider.routes.reduce((sum, route) => sum + questionsTo(route, questions).length, 0)

/** What to ask a route; offline batches are left out, which would answer tomorrow. */
const questionsTo = <Q extends Pick<ProbeQuestion, "asked">>(
  route: Route,
  questions: ReadonlyArray<Q>
): ReadonlyArray<Q> =>
  questions.filter(
    ({ asked }) => route.resumable === undefined || asked === "embed" || asked === "reward" || asked.startsWith("score")
  )

/**
 * Asks each endpoint of a provider one small question for each thing that a model is to do.
 *
 * Makes up to `mostProbes` calls of a few tokens each, one after the other at each endpoint, once each and without the journal:
 * asking again costs again. Whatever an endpoint answers, or fails with, is part of the result; a call that takes longer than `probeMs`, or
 * than the endpoint's time-out, does not work, and the endpoint is asked no more. An answer that ended before it began shows nothing.
 * What a server only pretends to do (a seed it does not heed) cannot be seen.
 */
export const probeCapabilities = (
  provider: Pick<Provider, "routes">,
  questions: ReadonlyArray<ProbeQuestion>
): Effect.Effect<ReadonlyArray<Probe>> =>
  Effect.map(
    Effect.forEach(provider.routes, (route) => probesAt(route, questionsTo(route, questions)), {
      concurrency: "unbounded"
    }),
    (probes) => probes.flat()
  )

const probesAt = Effect.fnUntraced(function* (route: Route, questions: ReadonlyArray<ProbeQuestion>) {
  const probes: Array<Probe> = []
  let wasSilent = false
  for (const question of questions) {
    const asked: Asked = wasSilent ? unasked : yield* probe(route, question)
    wasSilent = asked.isSilent
    probes.push({ ...question, endpoint: route.endpoint, ...asked.shown })
  }
  return probes
})

/** What one question came to. */
interface Asked {
  readonly isSilent: boolean
  readonly shown: Omit<Probe, keyof ProbeQuestion | "endpoint">
}

/** Of a question to an endpoint that has fallen silent. */
const unasked: Asked = {
  isSilent: true,
  shown: {
    ms: null,
    problem: null,
    doubt: "not asked, because this endpoint left an earlier question without an answer",
    refused: true
  }
}

const probe = Effect.fnUntraced(function* (route: Route, question: ProbeQuestion) {
  const { asked, model } = question
  const startedAt = yield* Clock.currentTimeMillis
  const mostMs = Math.min(route.limits.timeoutMs ?? probeMs, probeMs)
  const answered = Effect.suspend(() => askers[asked](route, model, callFor(question)))
  const exit = yield* Effect.exit(Effect.timeoutOption(answered, mostMs))
  const ms = (yield* Clock.currentTimeMillis) - startedAt
  if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
  const isSilent = Exit.isSuccess(exit) && Option.isNone(exit.value)
  const shown = Exit.isFailure(exit)
    ? lacks(whyIn(exit.cause))
    : Option.getOrElse(exit.value, () => lacks(`no answer within ${mostMs / 1000} s`))
  return { isSilent, shown: { ms, ...shown, refused: isSilent || Exit.isFailure(exit) } } satisfies Asked
})

/** What an answer shows. */
type Shown = Pick<Probe, "problem" | "doubt">

const works: Shown = { problem: null, doubt: null }

const lacks = (problem: string): Shown => ({ problem, doubt: null })

const whyIn = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (error instanceof LanguageModelError) return `${error.found}; ${error.remedy}`
  return error instanceof Error ? error.message : String(error)
}

/** Outside any run: nobody listens, and nothing outlives the call. */
const callFor = ({ asked, model }: ProbeQuestion): Call => ({
  key: crypto.hash("sha256", `probe ${asked} ${model}`),
  heard: () => {},
  note: () => undefined,
  writeNote: () => Effect.void,
  leaves: () => Effect.void,
  cancelled: () => {}
})

const words = "Is water wet? Answer yes or no."

const messages: Request["messages"] = [{ role: "user", content: words }]

const requestWith = (model: string, more: Partial<Request>): Request => ({
  task: { kind: "generate", prompt: words, persona: null },
  messages,
  model,
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

/** Too short for a provider to take its echo out of an answer. */
const beginning = "Answer:"

type Asker = (route: Route, model: string, call: Call) => Effect.Effect<Shown, unknown>

/** A completion with something extra; `shownBy` says what its answer shows. */
const completion =
  (more: Partial<Request>, shownBy: (answer: Completion) => Shown): Asker =>
  (route, model, call) =>
    Effect.map(route.complete(requestWith(model, more), call), shownBy)

const anyAnswer = () => works

/** A model that thinks first may run out of tokens before its answer begins, which says nothing about the answer. */
const isCutShort = ({ finishReason, text }: Completion): boolean => finishReason === "length" && text.trim() === ""

const unclear: Shown = {
  problem: null,
  doubt: "the answer is empty; a model that thinks first may need more tokens than the few of this question"
}

const isOfSchema = (text: string): boolean => {
  try {
    return typeof (JSON.parse(text) as { readonly wet?: unknown } | null)?.wet === "boolean"
  } catch {
    return false
  }
}

const notOffered = Effect.succeed(lacks("the provider declares it but has no function for it"))

const score =
  (context: string | Request["messages"]): Asker =>
  (route, model, call) =>
    route.score === undefined
      ? notOffered
      : Effect.map(route.score({ context, text: " yes", model }, call), ({ tokens }) =>
          tokens.length > 0 ? works : lacks("an answer without tokens")
        )

const askers: Readonly<Record<ProbeQuestion["asked"], Asker>> = {
  completion: completion({}, anyAnswer),
  seed: completion({ seed: 1 }, anyAnswer),
  jsonSchema: completion({ answer: { name: "water", schema }, maxTokens: 64 }, (answer) => {
    if (isCutShort(answer)) return unclear
    return isOfSchema(answer.text) ? works : lacks("an answer that does not fit its JSON Schema")
  }),
  samples: (route, model, call) =>
    route.samples === undefined
      ? notOffered
      : Effect.map(route.samples(requestWith(model, {}), 2, call), ({ length }) =>
          length >= 2 ? works : lacks(`${length} of 2 samples`)
        ),
  prefix: completion({ prefix: beginning }, ({ text }) => {
    if (text.trim() === "") return unclear
    return text.trimStart().startsWith(beginning) ? lacks("an answer that repeats its beginning") : works
  }),
  topLogProbs: completion({ topLogProbs: 2 }, (answer) => {
    if (answer.logProbs?.some(({ alternatives }) => alternatives.length > 0) === true) return works
    return isCutShort(answer) ? unclear : lacks("an answer without log-probabilities of alternatives")
  }),
  scoreText: score("Is water wet? The answer is"),
  scoreChat: score(messages),
  embed: (route, model, call) =>
    route.embed === undefined ? notOffered : Effect.as(route.embed({ text: "wet", model }, call), works),
  reward: (route, model, call) =>
    route.reward === undefined ? notOffered : Effect.as(route.reward({ messages, text: "yes", model }, call), works)
}
